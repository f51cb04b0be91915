package bulk

import (
	"strings"

	"latchkey/internal/account"
	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
	"latchkey/internal/web"
	"latchkey/internal/web/present"
	"latchkey/views"
)

const (
	// proposedGroups is up to how many groups the page that asks for one proposes while a name is
	// typed: 1,000, some 60 KB of a page. Where there are more, a name is typed alone.
	proposedGroups = 1000
	// longestGroup is how much may be typed, in characters: as much as a label has.
	longestGroup = 100
	// likeGroups is how many groups are named that all match what was typed: 5.
	likeGroups = 5
)

// chooseGroup finds the group that the form of the page that asks for one names; asked is false
// for the form of the list, which names none.
func (s *selected) chooseGroup(v *web.Visitor) (asked bool, err error) {
	typed, asked := s.form["chosen_group"]
	if !asked {
		return false, nil
	}
	typed, err = user.CleanText("chosen_group", "Group", longestGroup, typed)
	if err == nil {
		s.group, err = findGroup(v, typed)
	}
	return true, err
}

// findGroup finds a group by its name or label, or by a part that no other has.
func findGroup(v *web.Visitor, typed string) (g store.Group, err error) {
	if typed == "" {
		return g, problem.Field("chosen_group", "Choose a group")
	}
	if g, err = v.DB.Group(strings.ToLower(typed)); !problem.Is(err, problem.NotFound) {
		return g, err
	}
	like, err := v.DB.Groups(v.Context(), store.GroupFilter{Text: typed, Limit: likeGroups + 1})
	if err != nil {
		return g, err
	}
	var names []string
	for _, one := range like {
		if strings.EqualFold(one.Label, typed) && g.Name == "" {
			g = one
		}
		names = append(names, one.Name)
	}
	switch {
	case len(like) == 0:
		return g, problem.Field("chosen_group", "There is no group called “"+typed+"”")
	case len(like) == 1:
		return like[0], nil
	case g.Name != "":
		return g, nil
	case len(like) > likeGroups:
		return g, problem.Field("chosen_group", "Many groups match “"+typed+"”. Enter the name of one")
	}
	return g, problem.Field("chosen_group", "More than one group matches “"+typed+"”. Enter one of these names: "+strings.Join(names, ", "))
}

// askGroup draws the page that asks for the group. On a list of the members of one, people are
// most likely taken out of that.
func (s selected) askGroup(v *web.Visitor, mistake error) (page views.BulkGroup, err error) {
	chosen := s.form["chosen_group"]
	if _, asked := s.form["chosen_group"]; !asked && s.kind.Name == account.RemoveFromGroup {
		chosen = s.filter.Group
	}
	page = views.BulkGroup{Action: s.kind.Name, Filter: s.filter, All: s.all, Chosen: chosen}
	if !s.all {
		page.Picked = s.picked
	}
	page.Groups, err = present.GroupOptions(v.Context(), v.DB.Reader, proposedGroups)
	if len(page.Groups) > present.GroupsOffered {
		page.Many = true
	}
	if len(page.Groups) > proposedGroups {
		page.Groups = nil
	}
	page.Frame = v.Frame(mistake)
	return page, err
}

// whichGroup asks for the group, again if there is a mistake in the answer.
func (s selected) whichGroup(v *web.Visitor, mistake error) error {
	if mistake != nil && !problem.Is(mistake, problem.Invalid) {
		return mistake
	}
	page, err := s.askGroup(v, mistake)
	if err != nil {
		return err
	}
	if mistake != nil {
		return v.Reject(mistake, page)
	}
	return v.Render(page)
}
