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

Test(read_whole, next_from_where_the_file_stands)
{
	int ends[2];
	char bytes[16];
	cr_assert(pipe(ends) == 0);
	cr_assert_eq(write(ends[1], "0123456789", 10), 10);
	close(ends[1]);
	cr_expect_eq(read_next(ends[0], bytes, 4), 4);
	cr_expect_arr_eq(bytes, "0123", 4);
	cr_expect_eq(read_next(ends[0], bytes, sizeof(bytes)), 6);
	cr_expect_arr_eq(bytes, "456789", 6);
	cr_expect_eq(read_next(ends[0], bytes, sizeof(bytes)), 0);
	close(ends[0]);
	cr_expect_eq(read_next(ends[0], bytes, 1), -1);
	cr_expect_eq(errno, EBADF);
}

Test(read_whole, no_offset_that_a_file_cant_have)
{
	char byte;
	cr_expect_eq(read_whole(STDIN_FILENO, &byte, 1, UINT64_MAX), -1);
	cr_expect_eq(errno, EINVAL);
}
