package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// publicHost is the name in the documented configurations.
const publicHost = "login.example"

// certified is a certificate for the documented hosts from an authority of these tests.
type certified struct {
	roots            *x509.CertPool
	chain, key, both string // files
}

// authority makes the authority and the certificate, once.
var authority = sync.OnceValues(func() (c certified, err error) {
	root, rootKey, err := issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: "Authority of the tests"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, nil)
	if err != nil {
		return c, err
	}
	leaf, leafKey, err := issue(&x509.Certificate{
		DNSNames: hosts(), KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, root, rootKey)
	if err != nil {
		return c, err
	}
	c.roots = x509.NewCertPool()
	c.roots.AddCert(root)
	return c, c.write(leaf, root, leafKey)
})

// issue makes a certificate, signed by the parent or, without one, by itself.
func issue(c, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if parent == nil {
		parent, parentKey = c, key
	}
	c.SerialNumber = big.NewInt(time.Now().UnixNano())
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(60*24*time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), parentKey)
	if err != nil {
		return nil, nil, err
	}
	made, err := x509.ParseCertificate(der)
	return made, key, err
}

// write writes the files that proxies want.
func (c *certified) write(leaf, root *x509.Certificate, key *ecdsa.PrivateKey) error {
	folder, err := os.MkdirTemp("", "latchkey-e2e-tls-")
	if err != nil {
		return err
	}
	atEnd.add(func() { os.RemoveAll(folder) })
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	private := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	var chain []byte
	for _, one := range []*x509.Certificate{leaf, root} {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: one.Raw})...)
	}
	c.chain, c.key, c.both = filepath.Join(folder, "chain.pem"), filepath.Join(folder, "key.pem"), filepath.Join(folder, "both.pem")
	return errors.Join(os.WriteFile(c.chain, chain, 0o600), os.WriteFile(c.key, private, 0o600), os.WriteFile(c.both, append(chain, private...), 0o600))
}
