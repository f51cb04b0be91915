package settings

import (
	"crypto/sha256"
	"encoding/hex"
	"io"

	"latchkey/internal/auth"
	"latchkey/internal/brand"
	"latchkey/internal/store"
	"latchkey/internal/web"
)

const logoPath = generalPath + "/logo"

// submitLogo takes a picture and serves what was drawn of it from the next page on.
func submitLogo(v *web.Visitor) error {
	var logo brand.Logo
	err := v.Upload("logo", func(_ string, file io.Reader) error {
		sent, err := io.ReadAll(io.LimitReader(file, brand.MaxLogo+1))
		if err != nil {
			return err
		}
		logo, err = brand.ReadLogo(sent)
		return err
	})
	if err == nil {
		err = saveLogo(v, logo)
	}
	if err != nil {
		return v.Reject(err, generalPage(v, v.Settings().Values(), err))
	}
	return v.Redirect(generalPath)
}

func submitRemoveLogo(v *web.Visitor) error {
	if _, err := v.Form(); err != nil {
		return err
	}
	if err := saveLogo(v, brand.Logo{}); err != nil {
		return err
	}
	return v.Redirect(generalPath)
}

// saveLogo stores a logo, or none, and its name among the settings, so that the audit log
// tells by hash and size which one came for which.
func saveLogo(v *web.Visitor, logo brand.Logo) error {
	hash, name, said := "", "", "The logo has been removed."
	if logo.PNG != nil {
		sum := sha256.Sum256(logo.PNG)
		hash, said = hex.EncodeToString(sum[:]), "The logo has been saved."
		name = auth.LogoName(hash, logo.Width, logo.Height, len(logo.PNG))
	}
	return saveSettingsIn(v, said, func(tx *store.Tx, before auth.Settings) (auth.Settings, error) {
		after := before
		after.Logo = name
		return after, tx.SetLogo(hash, logo.PNG)
	})
}
