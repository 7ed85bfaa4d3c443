// Owns: tests of which web configuration files are read, and how others are refused. The cases of exporter-toolkit's own tests are in
// ToolkitCasesTests.

using System.Text;

namespace TinyHost.WebConfig.Tests;

public sealed class WebConfigFileTests
{
    private const string Folder = "/etc/shop";

    [Theory]
    [InlineData("")]
    [InlineData("\n\n# nothing\n")]
    [InlineData("---\n")]
    [InlineData("---\n...\n")]
    [InlineData("~")]
    [InlineData("{}")]
    [InlineData("tls_server_config:\nhttp_server_config:\nbasic_auth_users:\nrate_limit:\n")]
    [InlineData("tls_server_config: {}\nhttp_server_config: {headers: }\nbasic_auth_users: ~\nrate_limit: {interval: , burst: }")]
    [InlineData("tls_server_config:\n  cert: ''\n  min_version: TLS13\n  prefer_server_cipher_suites: off\n  client_allowed_sans:\n")]
    public void A_file_may_say_nothing(string text)
    {
        var file = Parse(text);
        Assert.False(file.Tls.IsEnabled);
        Assert.Empty(file.Users);
        Assert.Empty(file.Headers);
        Assert.Equal((TimeSpan.Zero, 0), (file.Interval, file.Burst));
    }

    [Theory]
    [InlineData("a: \"\\UFFFFFFFF\"")]
    [InlineData("%TAG ! ")]
    [InlineData("a: !!")]
    [InlineData("a: !")]
    [InlineData(" ...\n? a\u00e9\\")]
    public void Text_that_the_parser_trips_over_is_refused_with_a_sentence(string text) =>
        Assert.NotEmpty(Assert.Throws<FormatException>(() => Parse(text)).Message);

    [Fact]
    public void Every_key_is_read()
    {
        var file = Parse("""
            # As an exporter takes it.
            tls_server_config:
              cert: "inline, unused"
              key_file: keys/site.key
              cert_file: /etc/ssl/site.pem
              client_auth_type: RequireAndVerifyClientCert
              client_ca: |
                -----BEGIN CERTIFICATE-----
                AAAA
                -----END CERTIFICATE-----
              client_ca_file: ca.pem
              client_allowed_sans: [one.example, 'two']
              min_version: TLS13
              max_version: TLS13
              prefer_server_cipher_suites: true
              curve_preferences: []
            http_server_config:
              http2: false
              headers:
                X-Frame-Options: deny
                X-XSS-Protection: 1
                Content-Security-Policy: "default-src 'self'"
                Strict-Transport-Security: ''
            basic_auth_users:
              alice: $2y$10$qRTBuFoULoYNA7AQ/F3ck.trZBPyjV64.oA4ZsSBCIWvXuvQlQTuu
              "bob": '$2y$10$2UXri9cIDdgeKjBo4Rlpx.U3ZLDV8X1IxKmsfOvhcM5oXQt/mLmXq'
            rate_limit:
              interval: 1m30.5s
              burst: 7
            """);
        Assert.Equal(
            ("inline, unused", "/etc/ssl/site.pem", "/etc/shop/keys/site.key", "/etc/shop/ca.pem", "RequireAndVerifyClientCert"),
            (file.Tls.Certificate, file.Tls.CertificatePath, file.Tls.KeyPath, file.Tls.ClientAuthorityPath, file.Tls.ClientAuthType));
        Assert.Equal("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", file.Tls.ClientAuthorities.TrimEnd());
        Assert.Equal(["one.example", "two"], file.Tls.ClientNames);
        Assert.Equal((GoTlsVersion.TLS13, GoTlsVersion.TLS13), (file.Tls.MinVersion, file.Tls.MaxVersion));
        Assert.Equal(
            [new("X-Frame-Options", "deny"), new("X-XSS-Protection", "1"), new("Content-Security-Policy", "default-src 'self'")],
            file.Headers);
        Assert.Equal(["alice", "bob"], file.Users.Select(user => user.Key));
        Assert.Equal((TimeSpan.FromSeconds(90.5), 7), (file.Interval, file.Burst));
    }

    [Theory]
    [InlineData("- a", "line 1: the file must be a mapping with keys below it.")]
    [InlineData("text", "line 1: the file must be a mapping with keys below it.")]
    [InlineData("a: b: c", "line 1: the YAML is malformed: ")]
    [InlineData("a: [", "the YAML is malformed: ")]
    [InlineData("tls: {}", "unknown key tls in the file. Known keys: tls_server_config, http_server_config, basic_auth_users, rate_limit.")]
    [InlineData("rate_limit:\n  interval: 1s\n  bursts: 1", "line 3: unknown key bursts in rate_limit. Known keys: interval, burst.")]
    [InlineData("http_server_config:\n  HTTP2: false", "line 2: unknown key HTTP2 in http_server_config. Known keys: http2, headers.")]
    [InlineData("rate_limit: {burst: 1, burst: 2}", "line 1: the key burst occurs twice.")]
    [InlineData("a: &x {}\nb: *x", "line 1: anchors and aliases are not supported; write the value again.")]
    [InlineData("rate_limit: *x", "line 1: anchors and aliases are not supported; write the value again.")]
    [InlineData("rate_limit: !!map {}", "line 1: the tag tag:yaml.org,2002:map is not supported; remove it.")]
    [InlineData("rate_limit: {}\n---\nrate_limit: {}", "line 2: a second document begins.")]
    [InlineData("? {a: b}\n: c", "line 1: a key must be a text.")]
    [InlineData("a: [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]", "line 1: the YAML has more than 16 levels.")]
    [InlineData("rate_limit: []", "line 1: rate_limit must be a mapping with keys below it.")]
    [InlineData("rate_limit:\n  burst: -1", "line 2: burst must be a whole number of 0 or more.")]
    [InlineData("rate_limit:\n  burst: '1'", "line 2: burst must be a whole number of 0 or more.")]
    [InlineData("rate_limit:\n  burst: 1.5", "line 2: burst must be a whole number of 0 or more.")]
    [InlineData("rate_limit:\n  interval: 5", "line 2: interval must be 0, or a duration such as 1s, 500ms or 1m30s.")]
    [InlineData("rate_limit:\n  interval: -1s", "line 2: interval must be 0, or a duration such as 1s, 500ms or 1m30s.")]
    [InlineData("rate_limit:\n  interval: 1 s", "line 2: interval must be 0, or a duration such as 1s, 500ms or 1m30s.")]
    [InlineData("rate_limit:\n  interval: [1s]", "line 2: interval must be 0, or a duration such as 1s, 500ms or 1m30s.")]
    [InlineData("http_server_config:\n  http2: true", "line 2: http2: true asks for HTTP/2, which TinyHost does not speak; remove the key")]
    [InlineData("http_server_config:\n  http2: 'false'", "line 2: http2 must be true or false.")]
    [InlineData("http_server_config:\n  http2: 0", "line 2: http2 must be true or false.")]
    [InlineData("http_server_config:\n  headers:\n    x-frame-options: deny", "HTTP header \"x-frame-options\" can not be configured.")]
    [InlineData(
        "http_server_config:\n  headers:\n    X-Frame-Options: DENY",
        "line 3: invalid value for X-Frame-Options. Expected one of: [\"deny\" \"sameorigin\"], but got: \"DENY\".")]
    [InlineData("http_server_config:\n  headers:\n    X-Frame-Options:", "invalid value for X-Frame-Options.")]
    [InlineData("http_server_config:\n  headers:\n    X-XSS-Protection: \"a\\nb\"", "has a character that no field can have")]
    [InlineData("http_server_config:\n  headers:\n    X-XSS-Protection: [1]", "line 3: X-XSS-Protection must be a text.")]
    [InlineData("basic_auth_users: [a]", "line 1: basic_auth_users must be a mapping with keys below it.")]
    [InlineData("basic_auth_users:\n  ann: {}", "line 2: ann must be a text.")]
    [InlineData("tls_server_config:\n  client_allowed_sans: a", "line 2: client_allowed_sans must be a list of texts.")]
    [InlineData("tls_server_config:\n  client_allowed_sans: [[a]]", "line 2: an item of client_allowed_sans must be a text.")]
    [InlineData("tls_server_config:\n  min_version: TLS11", "min_version TLS11 is not supported, because .NET serves")]
    [InlineData("tls_server_config:\n  max_version: tls12", "unknown TLS version: tls12. Known versions: TLS12, TLS13.")]
    [InlineData("tls_server_config:\n  cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]", "unknown cipher: TLS_RSA_WITH_RC4_128_SHA. Known")]
    [InlineData("tls_server_config:\n  cipher_suites: [4865]", "unknown cipher: 4865. ")]
    [InlineData("tls_server_config:\n  curve_preferences: [X25519]", "curve_preferences cannot be honoured: .NET leaves")]
    [InlineData("tls_server_config:\n  prefer_server_cipher_suites: maybe", "prefer_server_cipher_suites must be true or false.")]
    [InlineData("tls_server_config:\n  client_auth_type: NoClientCert", "line 2: missing one of cert or cert_file.")]
    [InlineData("tls_server_config:\n  client_ca: x", "missing one of cert or cert_file.")]
    [InlineData("tls_server_config: {cert_file: a, key_file: b, client_auth_type: required}", "invalid ClientAuth: required.")]
    [InlineData(
        "tls_server_config: {cert_file: a, key_file: b, client_auth_type: VerifyClientCertIfGiven, client_allowed_sans: [a]}",
        "client_allowed_sans requires client_auth_type to be RequireAnyClientCert or RequireAndVerifyClientCert.")]
    [InlineData(
        "tls_server_config: {cert_file: a, key_file: b, min_version: TLS13, max_version: TLS12}",
        "min_version TLS13 is above max_version TLS12.")]
    public void Other_files_are_refused_in_one_sentence_with_the_line(string text, string expected)
    {
        var fault = Assert.Throws<FormatException>(() => Parse(text));
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.StartsWith("line ", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
    }

    [Theory]
    [InlineData("RequestClientCert")]
    [InlineData("RequireAnyClientCert")]
    [InlineData("RequireClientCert")]
    [InlineData("VerifyClientCertIfGiven")]
    [InlineData("RequireAndVerifyClientCert")]
    [InlineData("NoClientCert")]
    public void Every_client_auth_type_is_read(string type) =>
        Assert.Equal(type, Parse($"tls_server_config: {{cert: a, key: b, client_auth_type: {type}}}").Tls.ClientAuthType);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("+1s", 1)]
    [InlineData("1ns", 1e-9)]
    [InlineData("250us", 250e-6)]
    [InlineData("250µs", 250e-6)]
    [InlineData("1.5ms", 0.0015)]
    [InlineData(".5s", 0.5)]
    [InlineData("1h1m1s1ms", 3_661.001)]
    public void Durations_are_read_as_Go_writes_them(string text, double seconds)
    {
        Assert.True(GoDuration.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("+")]
    [InlineData("s")]
    [InlineData("1")]
    [InlineData("1d")]
    [InlineData("1.2.3s")]
    [InlineData("1s ")]
    [InlineData("9999999h")]
    public void Other_durations_are_not(string text) => Assert.False(GoDuration.TryParse(text, out _));

    private static WebConfigFile Parse(string text) => WebConfigFile.Parse(Encoding.UTF8.GetBytes(text), Folder);
}
