/* SPDX-License-Identifier: MIT */
/*
 * What every page of ours begins and ends with. Its policy lets a browser use this page's own style and script, named
 * by their checksums, and nothing else: whatever else a name in a trace might smuggle in stays inert.
 */
#include "html_parts.h"

/* html_style[] and html_script[]: their lines, up to a NULL; HTML_STYLE_SHA256 and HTML_SCRIPT_SHA256. */
#include "html_assets.inc"

static const char *const verdict_words[] = {"PASS", "FAIL", "INCONCLUSIVE"};

static void asset(const struct html *html, const char *const *lines)
{
	for (; *lines; lines++)
		html_raw(html, *lines);
}

void html_head(const struct html *html, enum analysis_verdict verdict, const char *title)
{
	static const char *const colours[] = {"009e73", "d55e00", "b58900"};
	html_print(html, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	                 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	                 "style-src 'sha256-" HTML_STYLE_SHA256 "'; script-src 'sha256-" HTML_SCRIPT_SHA256 "'; "
	                 "img-src data:; base-uri 'none'; form-action 'none'\">\n"
	                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	                 "<meta name=\"color-scheme\" content=\"light dark\">\n"
	                 "<meta name=\"referrer\" content=\"no-referrer\">\n"
	                 "<meta name=\"generator\" content=\"wscheck " WSCHECK_VERSION "\">\n");
	html_print(html, "<title>%s: %s - wscheck</title>\n", verdict_words[verdict], title);
	html_print(html,
	           "<link rel=\"icon\" href=\"data:image/svg+xml,%%3Csvg xmlns='http://www.w3.org/2000/svg' "
	           "viewBox='0 0 8 8'%%3E%%3Ccircle cx='4' cy='4' r='4' fill='%%23%s'/%%3E%%3C/svg%%3E\">\n<style>",
	           colours[verdict]);
	asset(html, html_style);
	html_print(html, "</style>\n</head>\n");
}

void html_title(const struct html *html, enum analysis_verdict verdict, const char *title)
{
	static const char *const shapes[] = {"M7 12.5l3.5 3.5L17 9", "M8 8l8 8M16 8l-8 8",
	                                     "M9.2 9.3a2.8 2.8 0 1 1 4 2.6c-.8.4-1.2.9-1.2 1.7M12 17v.1"};
	char clean[PAGE_NAME_MAX];
	html_print(html, "<header class=\"banner %s\">\n<h1>", report_verdict_name(verdict));
	html_print(
	    html,
	    "<svg class=\"icon\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"12\" cy=\"12\" r=\"11\"/>"
	    "<path d=\"%s\"/></svg>",
	    shapes[verdict]);
	html_print(html,
	           "<span class=\"verdict\" data-key=\"verdict\" data-value=\"%s\">%s</span> <bdi>%s</bdi></h1>\n",
	           report_verdict_name(verdict), verdict_words[verdict], page_clean(clean, sizeof(clean), title));
}

void html_foot(const struct html *html)
{
	html_print(html, "</main>\n<footer><p>Made by wscheck " WSCHECK_VERSION
	                 ". The same figures for programs: <code>--format json</code>.</p></footer>\n"
	                 "<div id=\"tip\" role=\"status\" hidden></div>\n<script>");
	asset(html, html_script);
	html_print(html, "</script>\n</body>\n</html>\n");
}
