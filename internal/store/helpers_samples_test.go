package store

import (
	"context"
	"reflect"
	"testing"
	"time"

	"latchkey/internal/audit"
	"latchkey/internal/secret"
)

// everyMethod calls every method of the store, with nothing and with something in its
// arguments, and returns what ran. What the methods return does not matter here.
func everyMethod(t *testing.T) (texts []string) {
	db := open(t)
	db.add(t, sampleText)
	tx, all := reflect.TypeFor[*Tx](), reflect.ValueOf(db.DB)
	for _, give := range []samples{{db, false, time.Time{}}, {db, false, start()}, {db, true, start()}} {
		for i := range tx.NumMethod() {
			err := db.Tx(context.Background(), func(tx *Tx) error {
				give.call(reflect.ValueOf(tx).Method(i))
				return errOwn
			})
			if err != errOwn {
				t.Errorf("%s: %v", tx.Method(i).Name, err)
			}
		}
	}
	db.must(t, func(tx *Tx) error {
		return tx.AddLink(Link{TokenHash: "t", Purpose: PurposeNotMe, UserID: "id-" + sampleText})
	})
	// At last those that write by themselves, one of which ends all writing.
	for i := range all.NumMethod() {
		if name := all.Type().Method(i).Name; name != "Close" && name != "Tx" && name != "Copy" { // Copy writes a file
			samples{db, true, start()}.call(all.Method(i))
		}
	}
	for text := range db.ran() {
		texts = append(texts, text)
	}
	return texts
}

const sampleText = "sample"

// samples are arguments for methods: nothing, or something, at a time.
type samples struct {
	db     testDB
	filled bool
	now    time.Time
}

func (s samples) call(method reflect.Value) {
	defer func() { _ = recover() }() // of what does not take such arguments
	args := make([]reflect.Value, method.Type().NumIn())
	for i := range args {
		args[i] = s.of(method.Type().In(i))
	}
	if method.Type().IsVariadic() {
		method.CallSlice(args)
		return
	}
	method.Call(args)
}

// of is a value of a type.
func (s samples) of(kind reflect.Type) reflect.Value {
	switch kind {
	case reflect.TypeFor[context.Context]():
		return reflect.ValueOf(context.Background())
	case reflect.TypeFor[*secret.Ring]():
		return reflect.ValueOf(s.db.ring)
	case reflect.TypeFor[time.Time]():
		return reflect.ValueOf(s.now)
	}
	v := reflect.New(kind).Elem()
	if kind.Kind() == reflect.Func {
		return reflect.MakeFunc(kind, func([]reflect.Value) (results []reflect.Value) {
			for i := range kind.NumOut() {
				results = append(results, reflect.Zero(kind.Out(i)))
			}
			return results
		})
	}
	if s.filled {
		v = s.fill(v)
	}
	return v
}

// fill puts something into a value.
func (s samples) fill(v reflect.Value) reflect.Value {
	switch kind := v.Type(); {
	case kind.Kind() == reflect.String:
		v.SetString("id-" + sampleText)
	case kind.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(1)
	case kind.Kind() == reflect.Slice:
		return reflect.Append(v, s.of(kind.Elem()))
	case kind.Kind() == reflect.Struct:
		for i := range kind.NumField() {
			if kind.Field(i).IsExported() {
				v.Field(i).Set(s.of(kind.Field(i).Type))
			}
		}
	}
	return v
}

// everyFilter returns the statements of the lists.
func everyFilter() (texts []string) {
	for _, f := range sampleUserFilters() {
		for _, c := range statements(f) {
			text, _ := c.statement()
			texts = append(texts, text)
		}
	}
	for _, f := range sampleAuditFilters() {
		s := auditSelection{first: 1, last: 9, lists: f.lists(), from: f.From, to: f.To}
		page, _ := s.page(f.After > 0, 5)
		after, _ := s.after(f.After > 0, 5)
		count, _ := s.count()
		texts = append(texts, page, after, count)
	}
	invited, _ := listInvited("b", "i").statement()
	texts = append(texts, invited)
	for _, sort := range []GroupSort{GroupsByName, GroupsByMembers, GroupsByAdded} {
		page, _, _ := GroupFilter{Text: "a b", Sort: sort, After: "x", Limit: 5}.page()
		texts = append(texts, page)
	}
	now := start()
	for _, sort := range []ApplicationSort{ApplicationsByName, ApplicationsByAdded} {
		page, _, _ := ApplicationFilter{Text: "a b", Group: "g", Opens: "u", Enabled: true, Sort: sort, After: "x", Limit: 5}.page()
		texts = append(texts, page)
	}
	for _, c := range []clause{countDistinct("a"), countListing("g"), openPage("a", &now, "x", 5, now), countMembers([]string{"a", "b"})} {
		text, _ := c.statement()
		texts = append(texts, text)
	}
	for _, index := range auditIndexes() {
		texts = append(texts, index.text)
	}
	return texts
}

func sampleAuditFilters() []AuditFilter {
	now := start()
	return []AuditFilter{
		{}, {Limit: 5}, {Actor: "a", Subject: "s", About: "x", Event: audit.Logout, Result: audit.ResultOK, IP: "i", From: now, To: now, Before: 3, After: 4},
		{About: "x", To: now}, {Subject: "s", About: "x", After: 9}, {ActorName: "a", SubjectName: "s", Event: audit.Logout}, {Result: audit.ResultOK},
	}
}

func sampleUserFilters() (all []UserFilter) {
	all = append(all, UserFilter{TwoStep: "due", DueAdmins: true, Now: start()}, UserFilter{Group: "g", Now: start()}, UserFilter{Group: "g", Text: "abc", Now: start()}, UserFilter{Group: "g", Sort: SortUsername, Now: start()},
		UserFilter{Application: "a", Now: start()}, UserFilter{Application: "a", Sort: SortUsername, Now: start()})
	for _, status := range []Status{"", StatusActive, StatusExpired, StatusLocked, StatusDisabled, StatusDeleted} {
		for _, typed := range []string{"", "ab", "abc", "?", "a ? b", "abc abc xyz z"} {
			for _, sort := range []Sort{SortName, SortStatus, SortRole, SortUsername, SortCreated, SortTwoStep} {
				all = append(all, UserFilter{Status: status, Text: typed, TwoStep: "due", DueAdmins: typed == "", Inactive: 5, Never: sort == SortRole, NoAddress: true, Sort: sort, Now: start()})
			}
		}
	}
	return all
}
