package access

import (
	"testing"
	"time"

	"latchkey/internal/store"
	"latchkey/internal/user"
)

// TestJudge_SaysWhyAndWhatHelps for everything that can stand between somebody and an application.
func TestJudge_SaysWhyAndWhatHelps(t *testing.T) {
	t.Parallel()
	grace := user.User{Username: "grace", Name: "Grace Hopper"}
	disabled, gone := grace, grace
	disabled.Disabled, gone.DeletedAt = true, time.Unix(1, 0)
	wiki := store.Application{Slug: "wiki", Name: "Wiki"}
	everyone, shut := wiki, wiki
	everyone.Everyone, shut.Disabled = true, true
	support, eng := store.Group{Name: "support", Label: "Help desk"}, store.Group{Name: "engineering"}
	in := []store.Membership{{Group: "support", Label: "Help desk"}}
	for name, c := range map[string]struct {
		a      store.Application
		u      user.User
		in     []store.Membership
		groups []store.Group
		want   Verdict
	}{
		"everyone": {everyone, grace, nil, nil, Verdict{Opens: true, Answer: "Grace Hopper can open Wiki.", Reason: "It is open to everyone."}},
		"nameless": {everyone, user.User{Username: "grace"}, nil, nil, Verdict{Opens: true, Answer: "grace can open Wiki.", Reason: "It is open to everyone."}},
		"member":   {wiki, grace, in, []store.Group{eng, support}, Verdict{Opens: true, Answer: "Grace Hopper can open Wiki.", Reason: "It is open to members of Help desk."}},
		"stranger": {wiki, grace, nil, []store.Group{eng, support}, Verdict{
			Answer: "Grace Hopper cannot open Wiki.", Reason: "It is open to members of engineering or Help desk, and Grace Hopper is in none of these groups.", Way: Joining, Group: "engineering", Title: "engineering"}},
		"one group": {wiki, grace, nil, []store.Group{support}, Verdict{
			Answer: "Grace Hopper cannot open Wiki.", Reason: "It is open to members of Help desk, and Grace Hopper is not one of them.", Way: Joining, Group: "support", Title: "Help desk"}},
		"no group": {wiki, grace, nil, nil, Verdict{Answer: "Grace Hopper cannot open Wiki.", Reason: "Wiki is open to no group, so nobody can open it.", Way: Listing}},
		"shut": {shut, grace, in, []store.Group{support}, Verdict{
			Answer: "Grace Hopper cannot open Wiki.", Reason: "Wiki is disabled, so nobody can open it. Once it is enabled, Grace Hopper can: it is open to members of Help desk.", Way: Enabling}},
		"shut for a stranger": {shut, grace, nil, []store.Group{support}, Verdict{
			Answer: "Grace Hopper cannot open Wiki.", Reason: "Wiki is disabled, so nobody can open it. It is open to members of Help desk, and Grace Hopper is not one of them.", Way: Enabling}},
		"disabled": {wiki, disabled, in, []store.Group{support}, Verdict{Answer: "Grace Hopper cannot open Wiki.", Reason: "The account of Grace Hopper is disabled.", Way: Activating}},
		"gone":     {everyone, gone, nil, nil, Verdict{Answer: "Grace Hopper cannot open Wiki.", Reason: "Grace Hopper is in the recycle bin.", Way: Restoring}},
		"disabled, and a stranger": {wiki, disabled, nil, []store.Group{support}, Verdict{
			Answer: "Grace Hopper cannot open Wiki.", Reason: "The account of Grace Hopper is disabled. And no group gives them access to Wiki.", Way: Activating}},
		"disabled, and shut": {shut, disabled, in, []store.Group{support}, Verdict{Answer: "Grace Hopper cannot open Wiki.", Reason: "The account of Grace Hopper is disabled. Wiki is disabled too.", Way: Activating}},
	} {
		if got := Judge(c.a, c.u, c.in, c.groups); got != c.want {
			t.Errorf("%s:\n%+v, want\n%+v", name, got, c.want)
		}
	}
}

// TestWhy_StandsInAList as people call the groups.
func TestWhy_StandsInAList(t *testing.T) {
	t.Parallel()
	if why := Why(store.Application{Everyone: true}, nil); why != "Everyone" {
		t.Error(why)
	}
	if why := Why(store.Application{}, []store.Membership{{Group: "a"}, {Group: "b", Label: "Bees"}}); why != "a, Bees" {
		t.Error(why)
	}
}
