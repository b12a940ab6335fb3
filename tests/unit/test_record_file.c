/* SPDX-License-Identifier: MIT */
/* The trace file of a recorder that keeps the last of it: whatever fails, what had been written stays. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "record_file.h"

static char directory[64];

/* Renames that are done before all later ones fail, until more are allowed: the C library's call is this one here. */
static unsigned renames = UINT_MAX;

int renameat(int from, const char *name, int to, const char *new_name)
{
	if (renames == 0) {
		errno = EACCES;
		return -1;
	}
	renames--;
	return (int)syscall(SYS_renameat2, from, name, to, new_name, 0);
}

static void make_directory(void)
{
	snprintf(directory, sizeof(directory), "/tmp/wscheck-file.XXXXXX");
	cr_assert_neq(mkdtemp(directory), NULL);
	fclose(stderr); /* what is said is tested elsewhere */
}

static void remove_directory(void)
{
	char path[96];
	snprintf(path, sizeof(path), "%s/t", directory);
	unlink(path);
	cr_expect_eq(rmdir(directory), 0, "something else was left");
}

static void open_file(struct record_file *file)
{
	char path[96];
	snprintf(path, sizeof(path), "%s/t", directory);
	cr_assert(record_file_open(file, strdup(path), "nothing"));
}

static void put(struct record_file *file, const char *text)
{
	cr_assert_eq(record_file_write(file, text, strlen(text)), WSC_OK);
}

static void expect_content(const char *want)
{
	char path[96], got[64] = "";
	snprintf(path, sizeof(path), "%s/t", directory);
	const int fd = open(path, O_RDONLY);
	cr_assert_geq(fd, 0, "there is no trace");
	cr_assert_geq(read(fd, got, sizeof(got) - 1), 0);
	close(fd);
	cr_expect_str_eq(got, want);
}

/* No descriptor can be had any more, and then again. */
static void limit_descriptors(rlim_t most)
{
	struct rlimit limit;
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = most != 0 ? most : limit.rlim_max;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void end(struct record_file *file, bool whole)
{
	cr_expect_eq(record_file_commit(file), whole);
	record_file_free(file);
	free(file->path);
}

TestSuite(record_file, .init = make_directory, .fini = remove_directory);

Test(record_file, joins_what_it_kept)
{
	struct record_file file;
	open_file(&file);
	put(&file, "head");
	put(&file, " one");
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(record_file_next(&file), WSC_OK);
		put(&file, "head");
		put(&file, i == 0 ? " two" : " three");
	}
	end(&file, true);
	expect_content("head two three");
}

/* With no descriptor for the next file, the trace ends there; at the second time, too. */
Test(record_file, keeps_what_there_is_where_the_next_can_not_be_made)
{
	for (int nexts = 0; nexts < 2; nexts++) {
		struct record_file file;
		open_file(&file);
		put(&file, "head");
		put(&file, " one");
		for (int i = 0; i < nexts; i++) {
			cr_assert_eq(record_file_next(&file), WSC_OK);
			put(&file, "head");
			put(&file, " two");
		}
		limit_descriptors(3);
		cr_expect_eq(record_file_next(&file), WSC_IO);
		limit_descriptors(0);
		end(&file, false);
		expect_content(nexts == 0 ? "head one" : "head two");
	}
}

/* Where the next file can't be made and the former name not be had again, either; or somebody removed the next. */
Test(record_file, keeps_the_older_part_where_there_is_no_newer)
{
	for (int is_removed = 0; is_removed < 2; is_removed++) {
		struct record_file file, copy;
		open_file(&file);
		put(&file, "head");
		put(&file, " one");
		limit_descriptors(is_removed ? 0 : 3);
		renames = is_removed ? UINT_MAX : 1;
		cr_expect_eq(record_file_next(&file), is_removed ? WSC_OK : WSC_IO);
		limit_descriptors(0);
		renames = UINT_MAX;
		if (is_removed)
			cr_assert_eq(unlinkat(file.directory.fd, file.temporary, 0), 0);
		open_file(&copy);
		cr_expect_eq(record_file_copy(&file, &copy), WSC_OK);
		end(&copy, true);
		expect_content("head one");
		end(&file, false); /* it lacks something */
		expect_content("head one");
	}
}

/* Then there is but one file, as before. */
Test(record_file, keeps_the_name_that_it_could_not_change)
{
	struct record_file file, copy;
	open_file(&file);
	put(&file, "head");
	put(&file, " one");
	renames = 0;
	cr_expect_eq(record_file_next(&file), WSC_IO);
	renames = UINT_MAX;
	open_file(&copy);
	cr_expect_eq(record_file_copy(&file, &copy), WSC_OK);
	end(&copy, true);
	expect_content("head one");
	end(&file, true);
	expect_content("head one");
}
