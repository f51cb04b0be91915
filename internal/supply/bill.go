package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// completed returns the bill of materials of cyclonedx-gomod without what differs from
// one run to the next (hashes of the tool and of the program), with the licences of
// every module, and with what is no module: SQLite, fonts and lists of words.
func completed(given []byte, parts []part) ([]byte, error) {
	var bill map[string]any
	if err := json.Unmarshal(given, &bill); err != nil {
		return nil, fmt.Errorf("the bill of cyclonedx-gomod: %w", err)
	}
	metadata, _ := bill["metadata"].(map[string]any)
	components, _ := bill["components"].([]any)
	if metadata == nil || components == nil {
		return nil, fmt.Errorf("the bill of cyclonedx-gomod has no components")
	}
	dropHashes(metadata)
	byName := map[string]part{}
	for _, p := range parts {
		byName[p.name] = p
	}
	for _, c := range components {
		component, _ := c.(map[string]any)
		name, _ := component["name"].(string)
		if name == "std" {
			name = "Go"
		}
		component["licenses"] = licensed(byName[name].ids)
	}
	if main, ok := metadata["component"].(map[string]any); ok {
		main["licenses"] = licensed(byName["Latchkey"].ids)
	}
	for _, p := range parts {
		if !p.module && p.name != "Go" && p.name != "Latchkey" {
			components = append(components, bundled(p))
		}
	}
	bill["components"] = components
	dependsOnSQLite(bill)
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(bill)
	return out.Bytes(), err
}

// dropHashes takes away what is of one build of the tool or of the program.
func dropHashes(metadata map[string]any) {
	tools, _ := metadata["tools"].([]any)
	for _, tool := range tools {
		if tool, ok := tool.(map[string]any); ok {
			delete(tool, "hashes")
		}
	}
	properties, _ := metadata["properties"].([]any)
	metadata["properties"] = slices.DeleteFunc(properties, func(p any) bool {
		property, _ := p.(map[string]any)
		name, _ := property["name"].(string)
		return strings.HasPrefix(name, "cdx:gomod:binary:")
	})
}

func licensed(ids []string) (all []any) {
	for _, id := range ids {
		all = append(all, map[string]any{"license": map[string]any{"id": id}})
	}
	return all
}

// bundled is the component of a part that is no module.
func bundled(p part) map[string]any {
	component := map[string]any{"bom-ref": refOf(p), "type": "data", "name": p.name, "scope": "required", "licenses": licensed(p.ids)}
	if p.name == "SQLite" {
		component["type"], component["version"] = "library", p.version
		component["purl"] = refOf(p)
		component["cpe"] = "cpe:2.3:a:sqlite:sqlite:" + p.version + ":*:*:*:*:*:*:*"
		component["externalReferences"] = []any{map[string]any{"type": "website", "url": "https://sqlite.org"}}
	}
	return component
}

// refOf returns the reference by which the bill names a part that is no module.
func refOf(p part) string {
	if p.name == "SQLite" {
		return "pkg:generic/sqlite@" + p.version
	}
	return "data:" + strings.ReplaceAll(strings.Split(p.name, " (")[0], " ", "-")
}

// dependsOnSQLite says that it is go-sqlite3 that contains SQLite.
func dependsOnSQLite(bill map[string]any) {
	components, _ := bill["components"].([]any)
	driver, sqlite := "", ""
	for _, c := range components {
		component, _ := c.(map[string]any)
		ref, _ := component["bom-ref"].(string)
		switch component["name"] {
		case "github.com/mattn/go-sqlite3":
			driver = ref
		case "SQLite":
			sqlite = ref
		}
	}
	all, _ := bill["dependencies"].([]any)
	for _, d := range all {
		if d, ok := d.(map[string]any); ok && d["ref"] == driver {
			d["dependsOn"] = []any{sqlite}
		}
	}
	bill["dependencies"] = append(all, map[string]any{"ref": sqlite})
}
