// Owns: the cipher suites that Go calls secure, and what a list of them means there.

using System.Net.Security;

namespace TinyHost.WebConfig;

internal static class GoCipherSuites
{
    /// <summary>Go always offers these with TLS 1.3, whatever the list says.</summary>
    internal static readonly TlsCipherSuite[] Tls13 =
        [TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256];

    // Go 1.22 and later: crypto/tls, CipherSuites.
    private static readonly TlsCipherSuite[] s_known =
    [
        .. Tls13,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ];

    internal static TlsCipherSuite Read(WebConfigSection list, string name)
    {
        var index = Array.FindIndex(s_known, suite => suite.ToString() == name);
        if (index < 0)
        {
            throw list.Fault($"unknown cipher: {name}. Known ciphers: {string.Join(", ", s_known)}");
        }

        return OperatingSystem.IsWindows()
            ? throw list.Fault("cipher_suites cannot be honoured on Windows, which has one list for all programs (Enable-TlsCipherSuite)")
            : s_known[index];
    }
}
