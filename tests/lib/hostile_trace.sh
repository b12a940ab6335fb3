#!/bin/sh
# Prints a history in which a task runs twice, and whose names would do harm where they are not made harmless: terminal
# escapes, direction marks, line ends, markup, quotation marks, commands of a workflow, formulas.
escapes='\u001b]0;owned\u0007\u001b[31m\u009b31m\u202e\r\n\u2028\u007f\u00ad\u061c\u200d\ufeff\udb40\udc01[name](http://x)'
markup=']]><![CDATA[&amp;</failure>"'"'"'<b>'
command='a%0A::error::owned\n::set-output name=x::y'
words='w ::stop-commands::t ##[stop-commands]t ##vso[x] ::stop-commands::t ::stop-commands::t'
formula='=HYPERLINK(\"x\",1+1)\ufffe\uffff\ud83d\ude00'
cat <<END
{"wscheck":1,"discipline":"$escapes","host":"$escapes","meta":{"$escapes":"$escapes"},"workers":[{"worker":1,"name":"$escapes"},{"worker":2,"name":"$command"},{"worker":3,"name":"$formula"},{"worker":4,"name":"$words"},{"worker":5,"name":"w $words"}],"queues":[{"queue":4,"discipline":"$words","name":"$words"},{"queue":9,"discipline":"$command"},{"queue":1,"discipline":"lifo","name":"$(echo "$markup" | sed 's/"/\\"/')"}]}
{"ts":10,"ev":"queued","task":7,"worker":1,"label":"$escapes"}
{"ts":20,"ev":"exec_start","task":7,"worker":1}
{"ts":25,"ev":"exec_start","task":7,"worker":2}
{"ts":30,"ev":"exec_complete","task":7,"worker":1}
{"ts":35,"ev":"exec_complete","task":7,"worker":2}
{"ts":40,"ev":"queued","task":8,"worker":3,"queue":1,"label":"$formula"}
{"ts":50,"ev":"exec_start","task":8,"worker":3}
{"ts":60,"ev":"queued","task":9,"worker":4,"label":"$words"}
{"ts":70,"ev":"exec_start","task":9,"worker":4}
{"ts":75,"ev":"exec_start","task":9,"worker":5}
{"ts":80,"ev":"exec_complete","task":9,"worker":4}
{"ts":85,"ev":"exec_complete","task":9,"worker":5}
{"end":"clean"}
END
