/* SPDX-License-Identifier: MIT */
#include "trace_versions.h"

#include <cbor.h>
#include <zstd.h>

#define TEXT(number)  #number
#define DIGITS(macro) TEXT(macro)

const char *trace_zstd_version(void)
{
	return ZSTD_versionString();
}

const char *trace_cbor_version(void)
{
	return DIGITS(CBOR_MAJOR_VERSION) "." DIGITS(CBOR_MINOR_VERSION) "." DIGITS(CBOR_PATCH_VERSION);
}
