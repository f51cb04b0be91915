package internal_test

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// asvsText is the page.
func asvsText(chapters []asvsChapter) string {
	count, total := map[string]int{}, 0
	var body strings.Builder
	for _, c := range chapters {
		fmt.Fprintf(&body, "\n## %s\n", c.title)
		var rest []string
		table := "\n| item | level | what is asked for | note | shown by |\n|---|---|---|---|---|\n"
		for _, item := range c.items {
			count[item.kind] += len(item.numbers)
			total += len(item.numbers)
			if item.kind == "no" {
				rest = append(rest, fmt.Sprintf("- %s %s: %s.\n", strings.Join(item.numbers, ", "), item.text, item.remark))
				continue
			}
			fmt.Fprintf(&body, "%s| %s | %s | %s | %s | %s |\n", table, strings.Join(item.numbers, ", "), asvsLevel(item.numbers[0]), item.text, asvsRemark(item), asvsShown(item.evidence))
			table = ""
		}
		if len(rest) > 0 {
			body.WriteString("\nDoes not apply:\n\n" + strings.Join(rest, ""))
		}
	}
	return fmt.Sprintf(asvsIntro, total, count[""], count["otherwise"], count["not yet"], count["no"]) + body.String()
}

// asvsLevel returns the level of an item by its number, such as "1.2.3".
func asvsLevel(number string) string {
	at := strings.LastIndex(number, ".")
	n, _ := strconv.Atoi(number[at+1:])
	if levels := asvsLevels[number[:at]]; n >= 1 && n <= len(levels) {
		return levels[n-1 : n]
	}
	return ""
}

func asvsRemark(item asvsItem) string {
	remark := item.remark
	if item.kind == "not yet" || item.kind == "otherwise" {
		remark = "**" + sentence(item.kind) + "**: " + remark + "."
	}
	return remark
}

func asvsShown(evidence []string) string {
	var shown []string
	for _, e := range evidence {
		if isTest(e) {
			shown = append(shown, "`"+e+"`")
			continue
		}
		to, below := strings.CutPrefix(e, "docs/")
		if !below {
			to = "../" + e
		}
		file, _, _ := strings.Cut(e, "#")
		shown = append(shown, "["+path.Base(file)+"]("+to+")")
	}
	return strings.Join(shown, " ")
}
