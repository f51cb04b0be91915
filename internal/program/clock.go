package program

import (
	"fmt"
	"time"

	"github.com/beevik/ntp"
)

// timeServerWait is how long a time server has to answer.
const timeServerWait = 3 * time.Second

// AskTime asks an NTP server, as host and port, and returns what has to be added to
// this machine's clock. It takes up to 3 seconds after the name is resolved. The answer
// is not authenticated: anyone on the way can make one up, so it may cause a
// warning and must never set a time that anything is judged by.
func AskTime(host string) (offset time.Duration, err error) {
	answer, err := ntp.QueryWithOptions(host, ntp.QueryOptions{Timeout: timeServerWait})
	if err == nil {
		err = answer.Validate()
	}
	if err != nil {
		return 0, fmt.Errorf("asking the time server %s: %w", host, err)
	}
	return answer.ClockOffset, nil
}
