package instance

import "github.com/mileusna/useragent"

// BrowserName makes a name such as "Firefox on Linux" of what a browser calls
// itself.
func BrowserName(userAgent string) string {
	ua := useragent.Parse(userAgent)
	switch {
	case ua.Name == "" && ua.OS == "":
		return "Unknown browser"
	case ua.OS == "":
		return ua.Name
	case ua.Name == "":
		return "Unknown browser on " + ua.OS
	}
	return ua.Name + " on " + ua.OS
}

func browserOf(userAgent string) string {
	if userAgent == "" {
		return ""
	}
	return BrowserName(userAgent)
}
