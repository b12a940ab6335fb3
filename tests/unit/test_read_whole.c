/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "read_whole.h"

/* That it goes on after a short read is seen in tests/fail. */
Test(read_whole, up_to_the_end)
{
	char name[] = "/tmp/wscheck-unit.XXXXXX", bytes[16];
	const int fd = mkstemp(name);
	cr_assert(fd >= 0 && unlink(name) == 0);
	cr_assert_eq(write(fd, "0123456789", 10), 10);
	memset(bytes, 'x', sizeof(bytes));
	cr_expect_eq(read_whole(fd, bytes, 4, 3), 4);
	cr_expect_arr_eq(bytes, "3456x", 5);
	cr_expect_eq(read_whole(fd, bytes, sizeof(bytes), 8), 2);
	cr_expect_arr_eq(bytes, "8956x", 5);
	cr_expect_eq(read_whole(fd, bytes, sizeof(bytes), 10), 0);
	cr_expect_eq(read_whole(fd, bytes, 0, 0), 0);
	close(fd);
	cr_expect_eq(read_whole(fd, bytes, 1, 0), -1);
	cr_expect_eq(errno, EBADF);
}
