// Owns: web configuration files with the programs that people use them with: curl, Prometheus, and an exporter beside ours.

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class WebConfigTests
{
    private const string Pair = "tls_server_config: {cert_file: server.pem, key_file: server.key";

    private const string TlsAndUsers = """
        tls_server_config:
          cert_file: server.pem
          key_file: server.key
          client_auth_type: RequireAndVerifyClientCert
          client_ca_file: ca.pem
          client_allowed_sans:
            - scraper.example
        http_server_config:
          headers:
            X-Content-Type-Options: nosniff
        basic_auth_users:
          prometheus: HASH

        """;

    [Fact]
    public async Task Prometheus_scrapes_over_mutual_TLS_with_a_password()
    {
        using var directory = new TemporaryDirectory();
        WriteCertificates(directory);
        await using var server = await StartAsync(directory, TlsAndUsers);
        var tls = $"tls_config: {{ca_file: {directory.Path}/ca.pem, cert_file: {directory.Path}/client.pem, " +
            $"key_file: {directory.Path}/client.key, server_name: localhost}}";
        await using var prometheus = await PrometheusServer.StartAsync(
            [("app", server.Port)], job: ["scheme: https", tls, "basic_auth: {username: prometheus, password: secret}"]);
        Assert.Equal(1, await prometheus.UntilAsync("up", up => up == 1));
        await using var refused = await PrometheusServer.StartAsync([("app", server.Port)], job: ["scheme: https", tls]);
        Assert.Equal(0, await refused.UntilAsync("up", up => !double.IsNaN(up)));
    }

    [Fact]
    public async Task Curl_needs_the_certificate_and_the_password_and_gets_the_headers()
    {
        using var directory = new TemporaryDirectory();
        WriteCertificates(directory);
        await using var server = await StartAsync(directory, TlsAndUsers);
        var url = $"https://localhost:{server.Port}/metrics";
        string[] tls =
            ["--cacert", directory.Path + "/ca.pem", "--cert", directory.Path + "/client.pem", "--key", directory.Path + "/client.key"];
        Assert.StartsWith("HTTP/1.1 401 Unauthorized", await CurlAsync([.. tls, url]), StringComparison.Ordinal);
        var answer = await CurlAsync([.. tls, "-u", "prometheus:secret", url]);
        Assert.StartsWith("HTTP/1.1 200 OK", answer, StringComparison.Ordinal);
        Assert.Contains("X-Content-Type-Options: nosniff", answer, StringComparison.Ordinal);
        Assert.Equal("", await CurlAsync(["--cacert", directory.Path + "/ca.pem", "-u", "prometheus:secret", url]));
        Assert.StartsWith(
            "HTTP/1.1 400 Bad Request", await CurlAsync([$"http://localhost:{server.Port}/metrics"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("basic_auth_users: {prometheus: HASH}")]
    [InlineData("http_server_config: {headers: {X-Frame-Options: deny, Strict-Transport-Security: max-age=60}}")]
    [InlineData(Pair + "}")]
    [InlineData(Pair + ", client_auth_type: RequireAnyClientCert}")]
    [InlineData(Pair + ", min_version: TLS13}\nbasic_auth_users: {prometheus: HASH}")]
    [InlineData(
        Pair + ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem}\nbasic_auth_users: {prometheus: HASH}")]
    public async Task Node_exporter_with_the_same_file_answers_alike(string text)
    {
        var program = OutsideProgram.Require("prometheus-node-exporter", package: "prometheus-node-exporter");
        using var directory = new TemporaryDirectory();
        WriteCertificates(directory);
        await using var server = await StartAsync(directory, text);
        var port = FreePort.Next();
        await using var exporter = ChildProcess.Start(
            program,
            [$"--web.config.file={directory.Path}/web.yml", $"--web.listen-address=127.0.0.1:{port}", "--collector.disable-defaults"]);
        await exporter.WaitForErrorAsync("TLS is");
        string[] certificate = ["--cert", directory.Path + "/client.pem", "--key", directory.Path + "/client.key"];
        foreach (var scheme in new[] { "http", "https" })
        {
            foreach (var options in new string[][]
            {
                [], ["-u", "prometheus:secret"], ["-u", "prometheus:wrong"], ["-u", "nobody:secret"], certificate,
                [.. certificate, "-u", "prometheus:secret"], ["--tls-max", "1.2", "-u", "prometheus:secret"],
            })
            {
                var (ours, theirs) = (await AskAsync(server.Port), await AskAsync(port));
                Assert.Equal($"{scheme} {string.Join(' ', options)}: {theirs}", $"{scheme} {string.Join(' ', options)}: {ours}");

                // The status and the headers that the file sets; nothing if the connection fails.
                async Task<string> AskAsync(int at)
                {
                    var answer = await CurlAsync(
                        ["--cacert", directory.Path + "/ca.pem", "--http1.1", .. options, $"{scheme}://localhost:{at}/metrics"]);
                    var lines = answer.Split('\n').Where(line =>
                        line.StartsWith("HTTP/", StringComparison.Ordinal) || line.StartsWith("X-Frame", StringComparison.Ordinal)
                        || line.StartsWith("Strict-", StringComparison.Ordinal));
                    // Go's net/http answers plain HTTP on a TLS port with HTTP/1.0.
                    return string.Join(
                        '|', lines.Select(line => line.Trim().Replace("HTTP/1.0", "HTTP/1.1", StringComparison.Ordinal)).Order());
                }
            }
        }
    }

    private static async Task<string> CurlAsync(string[] arguments)
    {
        var curl = OutsideProgram.Require("curl", package: "curl");
        var (_, output, _) = await ChildProcess.RunAsync(curl, ["--silent", "--include", "--noproxy", "*", .. arguments]);
        return output;
    }

    private static void WriteCertificates(TemporaryDirectory directory)
    {
        var authority = new TestAuthority();
        directory.Write("ca.pem", TestAuthority.Pem(authority.Public));
        var server = authority.Issue();
        directory.Write("server.pem", TestAuthority.Pem(server));
        directory.Write("server.key", TestAuthority.KeyPem(server));
        var client = authority.Issue(names => names.AddDnsName("scraper.example"));
        directory.Write("client.pem", TestAuthority.Pem(client));
        directory.Write("client.key", TestAuthority.KeyPem(client));
    }

    private static async Task<MetricsHost> StartAsync(TemporaryDirectory directory, string text)
    {
        directory.Write("web.yml", text.Replace("HASH", BCrypt.Net.BCrypt.HashPassword("secret", 5), StringComparison.Ordinal));
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = directory.Path });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["TinyHost:Prefixes:app"] = "http://127.0.0.1:0/",
            ["TinyHost:Prefixes:metrics"] = "http://127.0.0.1:0/",
        });
        Snippets.AddMetricsWithWebConfiguration(builder);
        builder.Configuration["TinyHost:Metrics:Prefix"] = "metrics";
        builder.Configuration["TinyHost:Metrics:WebConfigFile"] = "web.yml";
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new MetricsHost(host);
    }

    private sealed class MetricsHost(IHost host) : IAsyncDisposable
    {
        internal int Port { get; } = host.Services.GetRequiredService<HostedServer>().EndPointOf("metrics").Port;

        public async ValueTask DisposeAsync()
        {
            await host.StopAsync(CancellationToken.None);
            host.Dispose();
        }
    }
}
