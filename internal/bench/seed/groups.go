package seed

import (
	"context"
	"fmt"

	"latchkey/internal/store"
	"latchkey/internal/user"
)

// everybody is the first group, which has everybody in it; the others have names like team-0500
// and share their members out evenly.
const everybody = "everybody"

// checkGroups refuses groups that cannot be made.
func (c Command) checkGroups() error {
	if c.GroupsEach < 0 || c.GroupsEach > min(c.Groups, store.MaxGroupsOf) {
		return fmt.Errorf("--groups-each must be at most the number of groups, and at most %d", store.MaxGroupsOf)
	}
	return nil
}

// addGroups adds groups and puts each user into some of them. The members of a group are added
// one group after the other, as they lie in the table: in any other order, most rows would cost a
// page of their own. Users have the numbers in which they were added, the administrator the first.
func (s *seeder) addGroups(ctx context.Context, c Command, f *filler) error {
	if c.Groups == 0 {
		return nil
	}
	members := shareOut(c)
	for i, nums := range members {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		name, label := fmt.Sprintf("team-%04d", i), fmt.Sprintf("Team %04d", i)
		if i == 0 {
			name, label = everybody, "Everybody"
		}
		shown := 0
		for _, n := range nums {
			if !s.binned[n] {
				shown++
			}
			if err := f.members.add(name, n, ms(s.now), "bench-admin"); err != nil {
				return err
			}
		}
		if err := f.groups.add(name, label, user.SortKey(label, name), user.SearchText(name, label, ""), shown, ms(s.now), ms(s.now)); err != nil {
			return err
		}
	}
	if err := f.groups.flush(); err != nil {
		return err
	}
	return f.members.flush()
}

// shareOut is who is in which group, by their numbers.
func shareOut(c Command) [][]int32 {
	members := make([][]int32, c.Groups)
	if c.GroupsEach == 0 {
		return members
	}
	for i := -1; i < c.Users; i++ {
		num := int32(i + 2)
		members[0] = append(members[0], num)
		// Groups a step apart are different ones as long as the step goes round them all.
		d, others := dice(3, i), c.Groups-1
		for k, from := 0, d.IntN(max(others, 1)); k < c.GroupsEach-1; k++ {
			one := 1 + (from+k*stride(others))%others
			members[one] = append(members[one], num)
		}
	}
	return members
}

// stride is a step that meets each of n things before it meets one again.
func stride(n int) int {
	step := n/3 + 1
	for common(step, n) != 1 {
		step++
	}
	return step
}

func common(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
