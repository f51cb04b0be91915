package access

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"latchkey/internal/problem"
	"latchkey/internal/store"
	"latchkey/internal/user"
)

const (
	// maxApplicationName is how long the name of an application may be, in characters.
	maxApplicationName = 100
	// maxHosts bounds the hosts of an application, 20: each is read with the application.
	//
	//limit:people Hosts of an application
	maxHosts = 20
	// MaxListed bounds the groups that an application lists, 100: all their names may be sent
	// along with a request to it.
	//
	//limit:people Groups that an application lists
	MaxListed = 100
	// maxLaunch is how long the address may be at which people begin, in characters.
	maxLaunch = 1000
	// MaxProofMinutes is the longest time for which an application may demand a recent proof,
	// a day in minutes: no session is longer by default.
	MaxProofMinutes = 24 * 60
)

// ProofRule says how long a proof may be demanded to be good for.
const ProofRule = "Enter a number of minutes from 1 to 1440, or nothing"

// Wish is what somebody wants an application to be, as it was typed.
type Wish struct {
	Slug, Name   string
	Hosts        []string
	Everyone     bool
	Groups       []string
	Public       []string
	LaunchURL    string
	ProofMinutes int
}

// Check returns the application that is wished for, or every mistake in it. own is the public
// address of this instance. Whether hosts and groups are free and there is found out when it is
// stored.
func (w Wish) Check(own *url.URL) (a store.Application, err error) {
	var wrong []error
	note := func(err error) {
		if err != nil {
			wrong = append(wrong, err)
		}
	}
	a = store.Application{Slug: w.Slug, Everyone: w.Everyone, ProofMinutes: w.ProofMinutes}
	note(checkSlug(w.Slug))
	a.Name, err = user.CleanText("name", "Name", maxApplicationName, w.Name)
	if err == nil && a.Name == "" {
		err = problem.Field("name", "Enter a name")
	}
	note(err)
	a.Hosts, err = each(w.Hosts, func(typed string) (string, error) { return CheckHost(typed, own) })
	switch {
	case err == nil && len(a.Hosts) == 0:
		err = problem.Field("host", "Enter at least one host")
	case err == nil && len(a.Hosts) > maxHosts:
		err = problem.Field("host", "An application can have up to 20 hosts")
	}
	note(err)
	if !w.Everyone {
		a.Groups = slices.Clone(w.Groups)
		slices.Sort(a.Groups)
		a.Groups = slices.Compact(a.Groups)
		note(checkGroups(a.Groups))
	}
	a.Public, err = each(w.Public, CheckPublic)
	if err == nil && len(a.Public) > maxPublic {
		err = problem.Field("public", "An application can have up to 50 public paths")
	}
	note(err)
	a.LaunchURL, err = checkLaunch(w.LaunchURL, a.Hosts, own)
	note(err)
	if w.ProofMinutes < 0 || w.ProofMinutes > MaxProofMinutes {
		note(problem.Field("proof_minutes", ProofRule))
	}
	return a, errors.Join(wrong...)
}

// checkGroups refuses what no group can be called.
func checkGroups(names []string) error {
	if len(names) > MaxListed {
		return problem.Field("group", "An application can list up to 100 groups")
	}
	for _, name := range names {
		if !isGroupName(name) {
			return noGroup(name)
		}
	}
	return nil
}

func noGroup(name string) error {
	return problem.Field("group", "There is no group “"+shortened(name)+"”")
}

func checkSlug(slug string) error {
	switch {
	case slug == "":
		return problem.Field("slug", "Enter a short name")
	case !isGroupName(slug):
		return problem.Field("slug", "The short name can have up to 40 lower-case letters, digits and hyphens")
	case slug == reservedName:
		return problem.Field("slug", "The short name cannot be “new”")
	}
	return nil
}

// each checks every line that is not empty, and leaves out what stands twice.
func each(typed []string, check func(string) (string, error)) (all []string, err error) {
	for _, line := range typed {
		if strings.TrimSpace(line) == "" {
			continue
		}
		one, err := check(line)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all, nil
}

// checkLaunch returns the address at which people begin; it is on a host of the application.
func checkLaunch(typed string, hosts []string, own *url.URL) (string, error) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return "", nil
	}
	u, err := url.Parse(typed)
	switch {
	case err != nil || u.Host == "" || u.User != nil || len(typed) > maxLaunch || strings.ContainsFunc(typed, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return "", problem.Field("launch_url", "Enter an address such as https://wiki.example.com/home")
	case len(hosts) == 0: // that is the mistake
		return "", nil
	case !slices.Contains(hosts, RequestHost(u.Host)) || u.Scheme+"://"+RequestHost(u.Host) != Origin(RequestHost(u.Host), own):
		return "", problem.Field("launch_url", "The start page has to be on one of the hosts of the application, over https")
	}
	return u.String(), nil
}

// Launch is the address at which people begin with an application.
func Launch(a store.Application, own *url.URL) string {
	if a.LaunchURL != "" || len(a.Hosts) == 0 {
		return a.LaunchURL
	}
	return Origin(a.Hosts[0], own) + "/"
}
