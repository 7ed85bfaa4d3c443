// Owns: the cases of exporter-toolkit's own tests (web/tls_config_test.go): the same situations, and what comes of them here. Where that
// differs, the case says so.

using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TinyHost.Tests.Support;
using TinyHost.WebConfig.Tests.Support;

namespace TinyHost.WebConfig.Tests;

public sealed class ToolkitCasesTests
{
    private const string Pair = "cert_file: server.crt, key_file: server.key";
    private const string Verifying = "{" + Pair + ", client_auth_type: VerifyClientCertIfGiven";
    private const string SomeCiphers =
        "cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384], " +
        "min_version: TLS12, max_version: TLS12}";

    // The passwords are the names and 123.
    private const string Users = """
        basic_auth_users:
          alice: $2y$12$1DpfPeqF9HzHJt.EWswy1exHluGfbhnn3yXhR7Xes6m3WJqFg0Wby
          bob: $2y$18$4VeFDzXIoPHKnKTU3O3GH.N.vZu06CVqczYZ8WvfzrddFU6tGqjR.
          carol: $2y$10$qRTBuFoULoYNA7AQ/F3ck.trZBPyjV64.oA4ZsSBCIWvXuvQlQTuu
          dave: $2y$10$2UXri9cIDdgeKjBo4Rlpx.U3ZLDV8X1IxKmsfOvhcM5oXQt/mLmXq

        """;

    private static readonly TlsCipherSuite[] s_aes128 = [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256];
    private static readonly TlsCipherSuite[] s_cbc = [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA];

    /// <summary>The file, null for none, and what the start says.</summary>
    public static TheoryData<string, string?, string> Refused => new()
    {
        { "path to config yml invalid", null, "no such file" },
        { "invalid config yml (invalid structure)", "no structure", "must be a mapping" },
        { "invalid config yml (invalid key)", Tls("{cert_filse: server.crt}"), "unknown key cert_filse" },
        { "invalid config yml (cert path empty)", Tls("{cert_file: '', key_file: server.key}"), "missing one of cert or cert_file" },
        { "invalid config yml (cert empty)", Tls("{cert: '', key_file: server.key}"), "missing one of cert or cert_file" },
        { "invalid config yml (key path empty)", Tls("{cert_file: server.crt, key_file: ''}"), "missing one of key or key_file" },
        { "invalid config yml (key empty)", Tls("{cert_file: server.crt, key: ''}"), "missing one of key or key_file" },
        {
            "invalid config yml (cert path and key path empty)", Tls("{cert_file: '', key_file: '', client_auth_type: x}"),
            "missing one of cert or cert_file"
        },
        { "invalid config yml (cert path invalid)", Tls("{cert_file: somefile, key_file: server.key}"), "somefile" },
        { "invalid config yml (key path invalid)", Tls("{cert_file: server.crt, key_file: somefile}"), "somefile" },
        { "invalid config yml (cert path and key path invalid)", Tls("{cert_file: somefile, key_file: somefile}"), "somefile" },
        {
            "invalid config yml (invalid ClientAuth)", Tls("{" + Pair + ", client_ca_file: /dev/null}"),
            "client CA's have been configured without a Client Auth Policy"
        },
        {
            "invalid config yml (invalid ClientCAs filepath)",
            Tls("{" + Pair + ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: somefile}"), "somefile"
        },
        {
            "invalid config yml (invalid user list)", Tls("{" + Pair + "}") + "\nbasic_auth_users: {john: doe}",
            "What user john has is not a password hash"
        },
        {
            "invalid config yml (bad cipher)", Tls(Verifying + ", cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA2048]}"),
            "unknown cipher: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA2048"
        },
        { "invalid config yml (bad curves)", Tls(Verifying + ", curve_preferences: [CurveP257]}"), "unknown curve: CurveP257" },
        { "invalid config yml (bad TLS version)", Tls(Verifying + ", min_version: TLS111}"), "unknown TLS version: TLS111" },
        // Go serves the first two of these; .NET has no say in curves.
        {
            "valid tls config yml with all curves", Tls(Verifying + ", curve_preferences: [CurveP256, CurveP384, CurveP521, X25519]}"),
            "curve_preferences cannot be honoured"
        },
        { "valid tls config yml with some curves", Tls(Verifying + ", curve_preferences: [CurveP521]}"), "curve_preferences cannot be" },
        { "valid tls config yml with no common curves", Tls(Verifying + ", curve_preferences: [CurveP521]}"), "cannot be honoured" },
        // Go names the cipher that HTTP/2 needs; here the suite is not among those that Go calls secure.
        {
            "valid tls config yml with non-http2 ciphers but http2 enabled",
            Tls(Verifying + ", cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA], max_version: TLS12}"), "unknown cipher"
        },
        {
            "invalid X-Content-Type-Options headers config", "http_server_config: {headers: {X-Content-Type-Options: sniff}}",
            "invalid value for X-Content-Type-Options"
        },
        {
            "invalid X-Frame-Options headers config", "http_server_config: {headers: {X-Frame-Options: reject}}",
            "invalid value for X-Frame-Options"
        },
        {
            "HTTP header that can not be overridden", "http_server_config: {headers: {Content-Type: foo}}",
            "HTTP header \"Content-Type\" can not be configured"
        },
    };

    /// <summary>The file, the client, and the status; 0 if the handshake fails.</summary>
    public static TheoryData<string, string, ToolkitClient, int> Served
    {
        get
        {
            const string anyCertificate = "{" + Pair + ", client_auth_type: RequireAnyClientCert}";
            const string verified = "{" + Pair + ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: two.pem";
            var (plain, tls) = (new ToolkitClient { IsTls = false }, new ToolkitClient());
            return new()
            {
                { "empty config yml", "", plain, 200 },
                { "empty string YAMLConfigPath and TLS client", "", tls, 0 },
                { "valid tls config yml and default client", Tls(Verifying + "}"), plain, 400 },
                { "valid tls config yml and tls client", Tls(Verifying + "}"), tls, 200 },
                { "valid tls config yml (cert and key inline) and tls client", "INLINE", tls, 200 },
                {
                    "valid tls config yml with TLS 1.1 client", Tls(Verifying + "}"),
#pragma warning disable SYSLIB0039, CA5397 // The client is an old one.
                    tls with { Versions = SslProtocols.Tls11 }, 0
#pragma warning restore SYSLIB0039, CA5397
                },
                {
                    "valid tls config yml with all ciphers",
                    Tls(Verifying + ", cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, " +
                        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, " +
                        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, " +
                        "TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256, " +
                        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, " +
                        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA]}"),
                    tls, 200
                },
                { "valid tls config yml with some ciphers", Tls(Verifying + ", " + SomeCiphers), tls with { Suites = s_aes128 }, 200 },
                { "valid tls config yml with no common cipher", Tls(Verifying + ", " + SomeCiphers), tls with { Suites = s_cbc }, 0 },
                {
                    "valid tls config yml with multiple client ciphers", Tls(Verifying + ", " + SomeCiphers),
                    tls with { Suites = [.. s_aes128, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384] }, 200
                },
                {
                    "valid tls config yml with multiple client ciphers, client chooses cipher",
                    Tls(Verifying + ", prefer_server_cipher_suites: false, " + SomeCiphers),
                    tls with { Suites = [.. s_aes128, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384] }, 200
                },
                {
                    "valid tls config yml with non-http2 ciphers",
                    Tls(Verifying + ", cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384], max_version: TLS12}")
                        + "\nhttp_server_config: {http2: false}",
                    tls, 200
                },
                {
                    "RequireAnyClientCert (present certificate)", Tls(anyCertificate),
                    tls with { Certificate = WebConfigServer.Client1 }, 200
                },
                { "RequireAnyClientCert (no certificate)", Tls(anyCertificate), tls, 0 },
                {
                    "(cert from file, key inline) RequireAnyClientCert (present certificate)", "KEY INLINE",
                    tls with { Certificate = WebConfigServer.Client1 }, 200
                },
                {
                    "RequestClientCert (present certificate)", Tls("{" + Pair + ", client_auth_type: RequestClientCert}"),
                    tls with { Certificate = WebConfigServer.Client1 }, 200
                },
                { "RequestClientCert (no certificate)", Tls("{" + Pair + ", client_auth_type: RequestClientCert}"), tls, 200 },
                {
                    "VerifyClientCertIfGiven (certificate of nobody trusted)", Tls(Verifying + "}"),
                    tls with { Certificate = WebConfigServer.Client1 }, 0
                },
                {
                    "RequireAndVerifyClientCert (present certificate)", Tls(verified + "}"),
                    tls with { Certificate = WebConfigServer.Client2 }, 200
                },
                {
                    "RequireAndVerifyClientCert (self-signed certificate)", Tls(verified + "}"),
                    tls with { Certificate = WebConfigServer.Authority2.Certificate }, 200
                },
                { "RequireAndVerifyClientCert (no certificate)", Tls(verified + "}"), tls, 0 },
                {
                    "RequireAndVerifyClientCert (wrong certificate)", Tls(verified + "}"),
                    tls with { Certificate = WebConfigServer.Client1 }, 0
                },
                {
                    "VerifyPeerCertificate (present good SAN DNS entry)", Tls(verified + ", client_allowed_sans: [one, test3, two]}"),
                    tls with { Certificate = WebConfigServer.Client2 }, 200
                },
                {
                    "VerifyPeerCertificate (present good SAN e-mail entry)", Tls(verified + ", client_allowed_sans: [ops@shop.example]}"),
                    tls with { Certificate = WebConfigServer.Client2 }, 200
                },
                {
                    "VerifyPeerCertificate (present good SAN IP entry)", Tls(verified + ", client_allowed_sans: [192.0.2.7]}"),
                    tls with { Certificate = WebConfigServer.Client2 }, 200
                },
                {
                    "VerifyPeerCertificate (present good SAN URI entry)",
                    Tls(verified + ", client_allowed_sans: ['spiffe://shop/scraper']}"),
                    tls with { Certificate = WebConfigServer.Client2 }, 200
                },
                {
                    "VerifyPeerCertificate (present invalid SAN DNS entries)", Tls(verified + ", client_allowed_sans: [bad]}"),
                    tls with { Certificate = WebConfigServer.Client2 }, 0
                },
                {
                    "VerifyPeerCertificate (no SAN allowed)", Tls(verified + ", client_allowed_sans: []}"),
                    tls with { Certificate = WebConfigServer.Client2 }, 0
                },
                {
                    "RequireAnyClientCert (invalid SAN)",
                    Tls("{" + Pair + ", client_auth_type: RequireAnyClientCert, client_allowed_sans: [bad]}"),
                    tls with { Certificate = WebConfigServer.Client2 }, 0
                },
                { "without basic auth", Users, plain, 401 },
                { "with correct basic auth", Users, plain with { Credentials = "dave:dave123" }, 200 },
                { "without basic auth and TLS", Users + Tls("{" + Pair + "}"), tls, 401 },
                { "with correct basic auth and TLS", Users + Tls("{" + Pair + "}"), tls with { Credentials = "dave:dave123" }, 200 },
                {
                    "with another correct basic auth and TLS", Users + Tls("{" + Pair + "}"),
                    tls with { Credentials = "carol:carol123" }, 200
                },
                { "with bad username and TLS", Users + Tls("{" + Pair + "}"), tls with { Credentials = "nonexistent:nonexistent" }, 401 },
                { "with bad password and TLS", Users + Tls("{" + Pair + "}"), tls with { Credentials = "dave:bad" }, 401 },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_file_is_refused(string name, string? text, string expected)
    {
        await using var server = new WebConfigServer();
        if (text is not null)
        {
            server.Write(text);
        }

        var fault = await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync());
        Assert.StartsWith("Cannot start: ", fault.Message, StringComparison.Ordinal);
        Assert.True(fault.Message.Contains(expected, StringComparison.Ordinal), $"{name}: {fault.Message}");
    }

    [Theory]
    [MemberData(nameof(Served))]
    public async Task A_client_gets_what_the_file_says(string name, string text, ToolkitClient client, int expected)
    {
        await using var server = new WebConfigServer();
        text = text switch
        {
            "INLINE" => Tls("") + Inline("cert", server.Read("server.crt")) + Inline("key", server.Read("server.key")),
            "KEY INLINE" => Tls("") + "\n  cert_file: server.crt\n  client_auth_type: RequireAnyClientCert"
                + Inline("key", server.Read("server.key")),
            _ => text,
        };
        await server.StartAsync(text);
        var status = 0;
        try
        {
            using var response = await server.GetAsync(
                "/metrics", client.IsTls, client.Credentials, client.Certificate, client.Versions, client.Suites);
            status = (int)response.StatusCode;
        }
        catch (HttpRequestException)
        {
            // The handshake failed.
        }

        Assert.Equal((name, expected), (name, status));
    }

    [Fact]
    public async Task Valid_headers_config()
    {
        await using var server = new WebConfigServer();
        await server.StartAsync("""
            http_server_config:
              headers:
                X-Frame-Options: deny
                Strict-Transport-Security: max-age=31536000; includeSubDomains
                X-Content-Type-Options: nosniff
                X-XSS-Protection: 1
                Content-Security-Policy: "default-src 'self' *.test.example.net"
            """);
        using var response = await server.GetAsync(tls: false);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("deny", response.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("1", response.Headers.GetValues("X-XSS-Protection").Single());
        Assert.Equal("default-src 'self' *.test.example.net", response.Headers.GetValues("Content-Security-Policy").Single());
    }

    [Theory]
    [InlineData("rate_limit: {interval: 0, burst: 0}", 200)]
    [InlineData("rate_limit: {interval: 1s, burst: 0}", 429)]
    public async Task Valid_rate_limiter(string text, int expected)
    {
        await using var server = new WebConfigServer();
        await server.StartAsync(text);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(expected, await server.GetStatusAsync());
        }
    }

    [Fact]
    public async Task Config_reloading()
    {
        await using var server = new WebConfigServer();
        await server.StartAsync(Tls("{" + Pair + ", client_auth_type: RequireAndVerifyClientCert}"));
        await Assert.ThrowsAsync<HttpRequestException>(() => server.GetAsync());
        server.Write(Tls(Verifying + "}"));
        await server.TickUntilAsync(
            () => server.Log.Entries.Any(entry => entry.Message.StartsWith("The certificates of ", StringComparison.Ordinal)));
        using var response = await server.GetAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static string Tls(string section) => "tls_server_config: " + section;

    private static string Inline(string key, string pem) =>
        $"\n  {key}: |\n" + string.Join('\n', pem.TrimEnd().Split('\n').Select(line => "    " + line));

    /// <summary>A client of the tests.</summary>
    public sealed record ToolkitClient
    {
        /// <summary>Whether it speaks TLS.</summary>
        public bool IsTls { get; init; } = true;

        /// <summary>Name and password.</summary>
        public string? Credentials { get; init; }

        /// <summary>Its certificate.</summary>
        public X509Certificate2? Certificate { get; init; }

        /// <summary>The versions it speaks.</summary>
        public SslProtocols Versions { get; init; }

        /// <summary>The suites it knows; empty for all.</summary>
        public TlsCipherSuite[] Suites { get; init; } = [];
    }
}
