package eventhubs

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"

	eh "github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

// Connection is what a connection string says.
type Connection struct {
	// Host is the namespace, such as ns.servicebus.windows.net, and Port where it listens.
	Host, Port string
	// Hub is the event hub in it.
	Hub string
	// Policy is the name of the key.
	Policy string
	// Emulator says that AMQP is spoken in the clear, as the emulators do.
	Emulator bool

	key string
}

// Address is where it is reached.
func (c Connection) Address() string { return net.JoinHostPort(c.Host, c.Port) }

// String names the hub, and no key.
func (c Connection) String() string { return c.Hub + " at " + c.Host }

// GoString is String, so that no way of printing shows the key.
func (c Connection) GoString() string { return c.String() }

// The ports of AMQP.
const (
	securePort = "5671"
	plainPort  = "5672"
)

// maxConnection is how many characters a connection string may have: 2,000. Those of Azure
// have about 200.
//
//limit:streams,characters Connection string of an event hub
const maxConnection = 2000

// errNotTaken is said of what the SDK does not like.
var errNotTaken = errors.New("the connection string is not one that Event Hubs takes")

// What may be that long is not said in the expressions: each counted repetition is compiled so many times, at
// every start of the program.
const (
	maxHubName   = 256
	maxGroupName = 50
	maxOffset    = 100
)

var (
	entityName = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$`)
	offset     = regexp.MustCompile(`^[0-9A-Za-z:._-]+$`) // numbers, but not where a namespace has a copy elsewhere
	partition  = regexp.MustCompile(`^(?:0|[1-9][0-9]{0,3})$`)
)

func isHubName(name string) bool { return len(name) <= maxHubName && entityName.MatchString(name) }

func isGroupName(name string) bool {
	return name == "$Default" || len(name) <= maxGroupName && entityName.MatchString(name)
}

func isOffset(text string) bool { return len(text) <= maxOffset && offset.MatchString(text) }

// understood are the parts of a connection string that mean something here; others are left alone.
var understood = []string{"Endpoint", "SharedAccessKeyName", "SharedAccessKey", "EntityPath", "UseDevelopmentEmulator", "SharedAccessSignature"}

// Parse reads a connection string as the portal of Azure shows it for a policy of an event
// hub. What it says about a mistake never repeats the string, because the key may be
// anywhere in it.
func Parse(text string) (Connection, error) {
	text = strings.TrimSpace(text)
	if len(text) > 1 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0] {
		text = text[1 : len(text)-1] // copied from a file of settings
	}
	switch {
	case text == "":
		return Connection{}, errors.New("the connection string is missing")
	case len(text) > maxConnection:
		return Connection{}, fmt.Errorf("the connection string has more than %d characters", maxConnection)
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return Connection{}, errors.New("the connection string has a line break or another control character in it")
	}
	values, err := split(text)
	if err != nil {
		return Connection{}, err
	}
	return build(values)
}

// split takes the string apart. It does not mind capitals, as the SDKs do not.
func split(text string) (map[string]string, error) {
	values := map[string]string{}
	for piece := range strings.SplitSeq(text, ";") {
		if strings.TrimSpace(piece) == "" {
			continue
		}
		name, value, ok := strings.Cut(piece, "=")
		if !ok {
			return nil, errors.New("a part of the connection string has no = in it; copy the whole string, from Endpoint= on")
		}
		for _, known := range understood {
			if !strings.EqualFold(strings.TrimSpace(name), known) {
				continue
			}
			if _, twice := values[known]; twice {
				return nil, fmt.Errorf("the connection string says %s twice", known)
			}
			values[known] = strings.TrimSpace(value)
		}
	}
	return values, nil
}

func build(values map[string]string) (Connection, error) {
	c := Connection{Hub: values["EntityPath"], Policy: values["SharedAccessKeyName"], key: values["SharedAccessKey"]}
	switch strings.ToLower(values["UseDevelopmentEmulator"]) {
	case "", "false":
	case "true":
		c.Emulator = true
	default:
		return Connection{}, errors.New("UseDevelopmentEmulator is true or false")
	}
	if err := c.endpoint(values["Endpoint"]); err != nil {
		return Connection{}, err
	}
	switch {
	case values["SharedAccessSignature"] != "":
		return Connection{}, errors.New("the connection string has a signature, which runs out; use the one of a policy, which has its key")
	case c.Policy == "":
		return Connection{}, errors.New("the connection string lacks SharedAccessKeyName")
	case c.key == "":
		return Connection{}, errors.New("the connection string lacks SharedAccessKey")
	case c.Hub == "":
		return Connection{}, errors.New("the connection string names no event hub; copy it from a policy of the event hub itself, or add ;EntityPath= and the name of the hub")
	case !isHubName(c.Hub):
		return Connection{}, errors.New("EntityPath is not the name of an event hub: letters, digits, dots, hyphens and underscores")
	}
	if _, err := eh.ParseConnectionString(c.forSDK()); err != nil {
		return Connection{}, errNotTaken // it may quote the string
	}
	return c, nil
}

// endpoint reads sb://HOST/, with or without a port.
func (c *Connection) endpoint(text string) error {
	if text == "" {
		return errors.New("the connection string lacks Endpoint")
	}
	u, err := url.Parse(text)
	if err != nil || !strings.EqualFold(u.Scheme, "sb") || u.Hostname() == "" || strings.Contains(u.Host, "%") || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("the Endpoint does not look like sb://NAMESPACE.servicebus.windows.net/")
	}
	c.Host, c.Port = strings.ToLower(u.Hostname()), u.Port()
	if c.Port == "" {
		c.Port = securePort
		if c.Emulator {
			c.Port = plainPort
		}
	}
	return nil
}

// forSDK is the connection string for the SDK. The port is left out, since the claim is for
// the name of the namespace and the dialing is ours.
func (c Connection) forSDK() string {
	host := c.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	s := fmt.Sprintf("Endpoint=sb://%s/;SharedAccessKeyName=%s;SharedAccessKey=%s;EntityPath=%s", host, c.Policy, c.key, c.Hub)
	if c.Emulator {
		s += ";UseDevelopmentEmulator=true"
	}
	return s
}
