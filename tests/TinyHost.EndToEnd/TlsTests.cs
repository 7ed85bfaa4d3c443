// Owns: TLS of the example, tried with openssl, curl and Chromium, its certificates made by openssl.

using System.Globalization;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class TlsTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly OpenSsl _openSsl;
    private readonly int _port = FreePort.Next();
    private readonly int _metricsPort = FreePort.Next();
    private ChildProcess? _daemon;

    public TlsTests() => _openSsl = new OpenSsl(_directory);

    public async ValueTask DisposeAsync()
    {
        await (_daemon?.DisposeAsync() ?? default);
        _directory.Dispose();
    }

    [Theory]
    [InlineData("-tls1_2", "TLSv1.2")]
    [InlineData("-tls1_3", "TLSv1.3")]
    public async Task Openssl_verifies_the_whole_chain_in_both_versions(string option, string version)
    {
        await StartWithChainAsync();
        var output = await ConnectAsync(option, "-showcerts", "-alpn", "h2,http/1.1", "-servername", "localhost");
        Assert.Contains("Verification: OK", output, StringComparison.Ordinal);
        Assert.Contains(" 1 s:CN = between", output, StringComparison.Ordinal);
        Assert.DoesNotContain(" 2 s:", output, StringComparison.Ordinal);
        Assert.Contains("ALPN protocol: http/1.1", output, StringComparison.Ordinal);
        Assert.Contains($"New, {version}", output, StringComparison.Ordinal);
        Assert.Contains("Hello from TinyHost!", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alert protocol version", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")]
    [InlineData("alert no application protocol", "-alpn", "h2")]
    public async Task Openssl_is_told_why_it_is_refused(string expected, params string[] options)
    {
        await StartWithChainAsync();
        Assert.Contains(expected, await ConnectAsync(options), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Openssl_resumes_a_session(string option)
    {
        await StartWithChainAsync();
        var session = _openSsl.PathOf("session.pem");
        Assert.Contains("New, TLS", await ConnectAsync(option, "-sess_out", session), StringComparison.Ordinal);
        Assert.Contains("Reused, TLS", await ConnectAsync(option, "-sess_in", session), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_name_chooses_among_several_certificates()
    {
        await MakeChainAsync();
        await _openSsl.MakeCertificateAsync("shop", "root", "DNS:*.shop.example", "ec -pkeyopt ec_paramgen_curve:P-256");
        await StartAsync(
            "Certificates:local:Certificate=site.pem", "Certificates:local:Key=leaf.key",
            "Certificates:shop:Certificate=shop.pem", "Certificates:shop:Key=shop.key");
        Assert.Contains(" 0 s:CN = shop", await ConnectAsync("-servername", "www.shop.example"), StringComparison.Ordinal);
        Assert.Contains(" 0 s:CN = leaf", await ConnectAsync("-servername", "other.example"), StringComparison.Ordinal);
        Assert.Contains(" 0 s:CN = leaf", await ConnectAsync("-noservername"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rsa:2048", "pkcs8 -topk8 -v2 aes-256-cbc -passout pass:secret", "Password=secret")]
    [InlineData("ec -pkeyopt ec_paramgen_curve:P-384", "pkcs8 -topk8 -v2 aes-128-cbc -passout pass:secret", "Password=secret")]
    [InlineData("rsa:2048", "rsa -traditional", null)]
    [InlineData("ec -pkeyopt ec_paramgen_curve:P-256", "ec", null)]
    public async Task Keys_in_the_forms_that_openssl_writes_are_loaded(string kind, string convert, string? setting)
    {
        await _openSsl.MakeAuthorityAsync("root");
        await _openSsl.MakeCertificateAsync("leaf", "root", key: kind);
        await _openSsl.RunAsync([.. convert.Split(' '), "-in", _openSsl.PathOf("leaf.key"), "-out", _openSsl.PathOf("other.key")]);
        await StartAsync(["Certificate=leaf.pem", "Key=other.key", .. setting is null ? (string[])[] : [setting]]);
        Assert.Contains("Hello from TinyHost!", await ConnectAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_of_a_kind_that_cannot_be_used_is_named()
    {
        await _openSsl.MakeAuthorityAsync("root");
        await _openSsl.MakeCertificateAsync("leaf", "root", key: "ed25519");
        await using var daemon = Launch("Certificate=leaf.pem", "Key=leaf.key");
        Assert.Equal(1, await daemon.WaitForExitAsync());
        Assert.Contains("has a key of the kind 1.3.101.112; it must be RSA or EC.", daemon.Errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_PFX_file_of_openssl_is_loaded_with_its_chain()
    {
        await MakeChainAsync();
        await _openSsl.RunAsync(
            "pkcs12", "-export", "-in", _openSsl.PathOf("leaf.pem"), "-inkey", _openSsl.PathOf("leaf.key"),
            "-certfile", _openSsl.PathOf("between.pem"), "-out", _openSsl.PathOf("site.pfx"), "-passout", "pass:secret");
        await StartAsync("Certificate=site.pfx", "Password=secret");
        Assert.Contains("Verification: OK", await ConnectAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curl_trusts_the_authority_and_nobody_else()
    {
        await StartWithChainAsync();
        Assert.Equal((0, "Hello from TinyHost!"), await CurlAsync("https", "--cacert", _openSsl.PathOf("root.pem")));
        // 60: the certificate cannot be verified.
        Assert.Equal((60, ""), await CurlAsync("https"));
        await Deadline.UntilAsync(
            "the alert of curl", ScrapeAsync,
            scrape => scrape.Sum("tinyhost_tls_handshake_duration_seconds_count", "error_type=\"peer_alert\"") == 1);
        var plain = await CurlAsync("http");
        Assert.Equal((0, "400 Bad Request: plain HTTP was sent to a port that serves HTTPS; use https://"), plain);
    }

    [Fact]
    public async Task Curl_needs_a_certificate_where_one_is_required()
    {
        await MakeChainAsync();
        await _openSsl.MakeAuthorityAsync("clients");
        await _openSsl.MakeCertificateAsync("reader", "clients", "email:reader@shop.example");
        await _openSsl.MakeCertificateAsync("writer", "clients", "email:writer@shop.example");
        await StartAsync(
            "Certificate=site.pem", "Key=leaf.key", "ClientCertificates=required", "ClientAuthority=clients.pem",
            "ClientNames=reader@shop.example, other@shop.example");
        string[] root = ["--cacert", _openSsl.PathOf("root.pem")];
        Assert.Equal((0, "Hello from TinyHost!"), await CurlAsync("https", [.. root, .. Certificate("reader")]));
        Assert.NotEqual(0, (await CurlAsync("https", [.. root, .. Certificate("writer")])).ExitCode);
        Assert.NotEqual(0, (await CurlAsync("https", root)).ExitCode);
        Assert.Contains("CN = clients", await ConnectAsync(), StringComparison.Ordinal);

        string[] Certificate(string name) => ["--cert", _openSsl.PathOf(name + ".pem"), "--key", _openSsl.PathOf(name + ".key")];
    }

    [Fact]
    public async Task Certificates_are_replaced_when_their_files_change_and_on_SIGHUP()
    {
        await StartWithChainAsync();
        await _openSsl.MakeCertificateAsync("second", "root");
        Copy("second.pem", "site.pem");
        Copy("second.key", "leaf.key");
        await _daemon!.WaitForOutputAsync("have been loaded again");
        Assert.Contains(" 0 s:CN = second", await ConnectAsync(), StringComparison.Ordinal);

        // A pair that does not match is refused, and the last good one stays.
        await _openSsl.MakeCertificateAsync("third", "root");
        Copy("third.pem", "site.pem");
        await _daemon.WaitForOutputAsync("does not belong to the certificate");
        Assert.Contains(" 0 s:CN = second", await ConnectAsync(), StringComparison.Ordinal);
        var scrape = await ScrapeAsync();
        Assert.Equal(1, scrape.Sum("tinyhost_tls_reload_failures_total"));
        var expiry = scrape.Sum("tinyhost_tls_certificate_expiry_seconds", "certificate=\"localhost\"");
        Assert.InRange(
            DateTimeOffset.FromUnixTimeSeconds((long)expiry) - DateTimeOffset.UtcNow, TimeSpan.FromDays(28), TimeSpan.FromDays(30));

        Copy("third.key", "leaf.key");
        _daemon.HangUp();
        await Deadline.UntilAsync(
            "the third certificate", () => ConnectAsync(), output => output.Contains(" 0 s:CN = third", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Curl_speaks_TLS_over_a_Unix_socket()
    {
        await MakeChainAsync();
        var socket = _openSsl.PathOf("app.sock");
        await StartAsync($"Url=https://unix:{socket}", "Certificate=site.pem", "Key=leaf.key");
        var curl = OutsideProgram.Require("curl", package: "curl");
        var (exitCode, output, errors) = await ChildProcess.RunAsync(
            curl, ["-sS", "--unix-socket", socket, "--cacert", _openSsl.PathOf("root.pem"), "https://localhost/hello"]);
        Assert.True(exitCode == 0, errors);
        Assert.Equal("Hello from TinyHost!", output);
        await _daemon!.WaitForOutputAsync($"Listening on https://unix:{socket}");
    }

    [Fact]
    public async Task Chromium_loads_a_page()
    {
        var browser = new Browser();
        await StartWithChainAsync();
        var key = await _openSsl.RunAsync("x509", "-in", _openSsl.PathOf("leaf.pem"), "-pubkey", "-noout");
        var publicKey = string.Concat(key.Split('\n').Where(line => !line.StartsWith('-')));
        var hash = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Convert.FromBase64String(publicKey)));
        var page = await browser.LoadAsync($"https://127.0.0.1:{_port}/hello", $"--ignore-certificate-errors-spki-list={hash}");
        Assert.Contains("Hello from TinyHost!", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_without_https_loads_nothing_of_TLS()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Hello);
        Assert.Equal("Hello from TinyHost!", await daemon.App.GetStringAsync("/hello", TestContext.Current.CancellationToken));
        var files = new LinuxProcess(daemon.Process.Id).MappedFiles;
        Assert.Contains("System.Net.Sockets.dll", files, StringComparison.Ordinal);
        Assert.DoesNotContain("System.Net.Security.dll", files, StringComparison.Ordinal);
        Assert.DoesNotContain("System.Security.Cryptography", files, StringComparison.Ordinal);
        Assert.DoesNotContain("libssl", files, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_is_missing_fails_the_start_with_one_sentence()
    {
        await using var daemon = Launch("Certificate=no.pem", "Key=no.key");
        Assert.Equal(1, await daemon.WaitForExitAsync());
        Assert.Equal(
            $"Cannot start: https://127.0.0.1:{_port}/: the certificate file '{_openSsl.PathOf("no.pem")}' cannot be read: no such file.",
            daemon.Errors.ToString().TrimEnd());
    }

    [Fact]
    public async Task Prometheus_scrapes_over_mutual_TLS()
    {
        await MakeChainAsync();
        await _openSsl.MakeAuthorityAsync("clients");
        await _openSsl.MakeCertificateAsync("prometheus", "clients", "DNS:prometheus.example");
        await StartAsync(isForMetrics: true,
            "Certificate=site.pem", "Key=leaf.key", "ClientCertificates=Required", "ClientAuthority=clients.pem",
            "ClientNames=prometheus.example");
        await using var prometheus = await PrometheusServer.StartAsync(
            [("app", _metricsPort)],
            job:
            [
                "scheme: https", "tls_config:", $"  ca_file: {_openSsl.PathOf("root.pem")}",
                $"  cert_file: {_openSsl.PathOf("prometheus.pem")}",
                $"  key_file: {_openSsl.PathOf("prometheus.key")}", "  min_version: TLS13",
            ]);
        await prometheus.UntilAsync("up", up => up == 1);
        Assert.True(await prometheus.UntilAsync(
            "tinyhost_tls_handshake_duration_seconds_count{tls_protocol_version=\"1.3\"}", count => count >= 1) >= 1);
        Assert.True(await prometheus.QueryAsync("tinyhost_tls_certificate_expiry_seconds - time()") > 0);
    }

    private async Task MakeChainAsync()
    {
        await _openSsl.MakeAuthorityAsync("root");
        await _openSsl.MakeAuthorityAsync("between", "root");
        await _openSsl.MakeCertificateAsync("leaf", "between");
        _openSsl.Join("site.pem", "leaf.pem", "between.pem", "root.pem");
    }

    private async Task StartWithChainAsync()
    {
        await MakeChainAsync();
        await StartAsync("Certificate=site.pem", "Key=leaf.key");
    }

    private Task<string> StartAsync(params string[] settings) => StartAsync(isForMetrics: false, settings);

    private Task<string> StartAsync(bool isForMetrics, params string[] settings)
    {
        _daemon = Launch(isForMetrics, settings);
        return _daemon.WaitForOutputAsync("Listening on");
    }

    private ChildProcess Launch(params string[] settings) => Launch(isForMetrics: false, settings);

    private ChildProcess Launch(bool isForMetrics, params string[] settings)
    {
        string[] files = [".pem", ".key", ".pfx"];
        var index = isForMetrics ? 1 : 0;
        return Daemon.Launch(Daemon.Hello, environment: null,
        [
            .. Daemon.Ports(_port, _metricsPort),
            string.Create(
                CultureInfo.InvariantCulture, $"--TinyHost:Prefixes:{index}=https://127.0.0.1:{(isForMetrics ? _metricsPort : _port)}/"),
            .. settings.Select(setting => setting.Split('=', 2)).Select(parts =>
                $"--TinyHost:Prefixes:{index}:{parts[0]}={(files.Any(parts[1].EndsWith) ? _openSsl.PathOf(parts[1]) : parts[1])}"),
        ]);
    }

    private Task<string> ConnectAsync(params string[] options) =>
        _openSsl.ConnectAsync(_port, ["-CAfile", _openSsl.PathOf("root.pem"), .. options]);

    private async Task<(int ExitCode, string Output)> CurlAsync(string scheme, params string[] options)
    {
        var curl = OutsideProgram.Require("curl", package: "curl");
        var (exitCode, output, _) = await ChildProcess.RunAsync(curl, ["-sS", $"{scheme}://127.0.0.1:{_port}/hello", .. options]);
        return (exitCode, output);
    }

    private async Task<Exposition> ScrapeAsync()
    {
        using var client = new HttpClient();
        return new Exposition(await client.GetStringAsync(
            new Uri($"http://127.0.0.1:{_metricsPort}/metrics"), TestContext.Current.CancellationToken));
    }

    private void Copy(string from, string to) => File.Copy(_openSsl.PathOf(from), _openSsl.PathOf(to), overwrite: true);
}
