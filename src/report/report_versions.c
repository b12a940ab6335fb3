/* SPDX-License-Identifier: MIT */
#include "report_versions.h"

#include <json-c/json.h>
#include <libxml/parser.h>
#include <libxml/xmlversion.h>
#include <stdio.h>
#include <stdlib.h>

const char *report_json_version(void)
{
	return json_c_version();
}

const char *report_xml_version(char buffer[VERSION_BYTES])
{
	unsigned long number = strtoul(xmlParserVersion, NULL, 10); /* "20914", perhaps with more behind it */
	snprintf(buffer, VERSION_BYTES, "%lu.%lu.%lu", number / 10000 % 100, number / 100 % 100, number % 100);
	return buffer;
}
