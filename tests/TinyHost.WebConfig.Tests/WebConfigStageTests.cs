// Owns: tests of how a web configuration file applies to requests, while it changes too.

using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TinyHost.Metrics;
using TinyHost.Tests.Support;
using TinyHost.WebConfig.Tests.Support;

namespace TinyHost.WebConfig.Tests;

public sealed class WebConfigStageTests
{
    private const string Limit = "rate_limit: {interval: 10s, burst: 2}\n";
    private const string Pair = "tls_server_config: {cert_file: server.crt, key_file: server.key}\n";

    private static readonly string s_hash = BCrypt.Net.BCrypt.HashPassword("dave123", 4);

    private readonly WebConfigServer _server = new();

    [Fact]
    public async Task Refused_logins_name_a_realm()
    {
        await using var server = _server;
        await server.StartAsync(Users());
        using var response = await server.GetAsync(tls: false);
        Assert.Equal("Basic realm=\"metrics\", charset=\"UTF-8\"", response.Headers.WwwAuthenticate.ToString());
        Assert.Equal(200, await server.GetStatusAsync(credentials: "dave:dave123"));
        Assert.Equal(401, await server.GetStatusAsync(credentials: "dave:dave124"));
        Assert.Equal(401, await server.GetStatusAsync("/", credentials: "eve:dave123"));
    }

    [Fact]
    public async Task The_rate_limit_comes_before_the_users_and_names_a_pause()
    {
        await using var server = _server;
        await server.StartAsync(Users() + Limit);
        Assert.Equal(401, await server.GetStatusAsync());
        Assert.Equal(200, await server.GetStatusAsync(credentials: "dave:dave123"));
        using var refused = await server.GetAsync(tls: false, credentials: "dave:dave123");
        Assert.Equal((HttpStatusCode.TooManyRequests, "10"), (refused.StatusCode, refused.Headers.RetryAfter!.ToString()));
        Assert.Equal("rate_limit", server.Meters.Tags("tinyhost.requests.rejected")[^1]["reason"]);
        server.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(200, await server.GetStatusAsync(credentials: "dave:dave123"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Health_checks_are_exempt_unless_told_otherwise(bool covers)
    {
        await using var server = _server;
        await server.StartAsync(Users() + "rate_limit: {interval: 1h, burst: 1}\n", auth => auth.CoversHealth = covers);
        Assert.Equal(covers ? 401 : 200, await server.GetStatusAsync("/-/healthy"));
        Assert.Equal(covers ? 429 : 200, await server.GetStatusAsync("/-/ready"));
        Assert.Equal(covers ? 429 : 401, await server.GetStatusAsync("/metrics"));
        Assert.Equal(429, await server.GetStatusAsync("/metrics"));
    }

    [Theory]
    [InlineData("/metrics", 401)]
    [InlineData("/-/healthy", 200)]
    public async Task Headers_are_on_every_answer(string path, int expected)
    {
        await using var server = _server;
        await server.StartAsync(Users() + "http_server_config: {headers: {X-Frame-Options: deny}}");
        using var response = await server.GetAsync(path, tls: false);
        Assert.Equal((expected, "deny"), ((int)response.StatusCode, response.Headers.GetValues("X-Frame-Options").Single()));
    }

    [Fact]
    public async Task Users_of_the_program_are_admitted_too_and_keep_the_door_shut_without_users_in_the_file()
    {
        await using var server = _server;
        await server.StartAsync("", auth => auth.User("ann", PasswordHash.Create("secret", 1_000)));
        Assert.Equal(401, await server.GetStatusAsync());
        Assert.Equal(200, await server.GetStatusAsync(credentials: "ann:secret"));
        server.Write(Users());
        await server.TickUntilAsync(() => server.Reloads("success") == 1);
        Assert.Equal(200, await server.GetStatusAsync(credentials: "ann:secret"));
        Assert.Equal(200, await server.GetStatusAsync(credentials: "dave:dave123"));
    }

    [Fact]
    public async Task A_changed_file_counts_and_a_broken_one_changes_nothing_and_is_logged_once()
    {
        await using var server = _server;
        await server.StartAsync("");
        Assert.Equal(200, await server.GetStatusAsync());
        server.Write(Users() + "http_server_config: {headers: {X-Frame-Options: deny}}");
        await server.TickUntilAsync(() => server.Reloads("success") == 1);
        Assert.Equal(401, await server.GetStatusAsync());

        server.Write("basic_auth_user: {}");
        await server.TickUntilAsync(() => server.Reloads("failure") == 1);
        for (var i = 0; i < 5; i++)
        {
            server.Time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(401, await server.GetStatusAsync());
        }

        var error = Assert.Single(server.Log.Entries, entry => entry.Level == LogLevel.Error).Message;
        Assert.Equal(
            $"The settings in {server.Path} cannot be loaded again and stay as they were: line 1: unknown key basic_auth_user in the " +
            "file. Known keys: tls_server_config, http_server_config, basic_auth_users, rate_limit.",
            error);
        using var response = await server.GetAsync(tls: false, credentials: "dave:dave123");
        Assert.Equal("deny", response.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("0", $"{server.Meters.Values("tinyhost.file.last_reload_successful")[^1]}");
        server.Write(Limit);
        await server.TickUntilAsync(() => server.Reloads("success") == 2);
        Assert.Equal(200, await server.GetStatusAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("# users\n")]
    [InlineData("---\n")]
    [InlineData("basic_auth_users:\n")]
    public async Task A_file_that_was_cut_short_does_not_let_everyone_in(string rest)
    {
        await using var server = _server;
        await server.StartAsync(Users());
        server.Write(rest);
        await server.TickUntilAsync(() => server.Reloads("failure") == 1);
        Assert.Equal(401, await server.GetStatusAsync());
        Assert.Equal(200, await server.GetStatusAsync(credentials: "dave:dave123"));
        Assert.Contains(server.Log.Entries, entry => entry.Message.EndsWith(
            "the users are gone, as when writing the file was cut short; write basic_auth_users: {} to let everyone in.",
            StringComparison.Ordinal));
        server.Write("basic_auth_users: {}");
        await server.TickUntilAsync(() => server.Reloads("success") == 1);
        Assert.Equal(200, await server.GetStatusAsync());
    }

    [Fact]
    public async Task A_rate_limit_that_stays_the_same_keeps_its_tokens()
    {
        await using var server = _server;
        await server.StartAsync("rate_limit: {interval: 1h, burst: 2}");
        Assert.Equal(200, await server.GetStatusAsync());
        server.Write("rate_limit: {interval: 1h, burst: 2} # as before");
        await server.TickUntilAsync(() => server.Reloads("success") == 1);
        Assert.Equal(200, await server.GetStatusAsync());
        Assert.Equal(429, await server.GetStatusAsync());
        server.Write("rate_limit: {interval: 1h, burst: 3}");
        await server.TickUntilAsync(() => server.Reloads("success") == 2);
        Assert.Equal(200, await server.GetStatusAsync());
    }

    [Fact]
    public async Task Turning_TLS_on_or_off_needs_a_restart_and_says_so()
    {
        await using var server = _server;
        await server.StartAsync(Pair);
        Assert.Equal(200, await server.GetStatusAsync(tls: true));
        server.Write(Users());
        await server.TickUntilAsync(() => server.Reloads("failure") == 1);
        Assert.Contains(server.Log.Entries, entry => entry.Message.EndsWith(
            "tls_server_config turns TLS off, which needs a restart.", StringComparison.Ordinal));
        Assert.Equal(200, await server.GetStatusAsync(tls: true));
    }

    [Fact]
    public async Task A_new_certificate_in_the_files_or_in_the_text_is_used_and_a_broken_one_is_not()
    {
        await using var server = _server;
        await server.StartAsync(Pair);
        Assert.Equal(200, await server.GetStatusAsync(tls: true));
        var other = WebConfigServer.Authority.Issue(subject: "other");
        server.WriteFile("other.crt", TestAuthority.Pem(other));
        server.WriteFile("other.key", TestAuthority.KeyPem(other));
        server.Write(Pair.Replace("server.", "other.", StringComparison.Ordinal));
        await server.TickUntilAsync(() => Loaded() == 1);
        Assert.Equal("CN=other", await server.SubjectAsync());
        server.Write(Pair.Replace("server.key", "other.key", StringComparison.Ordinal));
        await server.TickUntilAsync(() => server.Log.Entries.Any(entry => entry.Level == LogLevel.Error));
        Assert.Equal("CN=other", await server.SubjectAsync());

        int Loaded() => server.Log.Entries.Count(entry => entry.Message.StartsWith("The certificates of ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_beside_text_is_read_again_when_it_changes(bool isKeyText)
    {
        await using var server = _server;
        var (certificate, key) = (server.Read("server.crt"), server.Read("server.key"));
        var other = WebConfigServer.Authority.Issue(subject: "other", isRsa: true);
        await server.StartAsync(isKeyText
            ? $"tls_server_config: {{cert_file: server.crt, key: \"{Escaped(key)}\"}}"
            : $"tls_server_config: {{cert: \"{Escaped(certificate)}\", key_file: server.key}}");
        var first = await server.SubjectAsync();
        // Does not belong to the text: the last good pair stays in use, and one line says so.
        server.WriteFile(
            isKeyText ? "server.crt" : "server.key", isKeyText ? TestAuthority.Pem(other) : TestAuthority.KeyPem(other));
        var expected = isKeyText ? "the key in KeyPem does not belong to the certificate in '" : "server.key' does not belong to the ";
        await server.TickUntilAsync(() => server.Log.Entries.Any(entry => entry.Message.Contains(expected, StringComparison.Ordinal)));
        Assert.Equal(first, await server.SubjectAsync());

        static string Escaped(string text) => text.ReplaceLineEndings("\\n");
    }

    [Theory]
    [InlineData("{cert_file: pipe, key_file: server.key}")]
    [InlineData("{cert_file: server.crt, key_file: pipe}")]
    [InlineData("{cert_file: pipe, key: text}")]
    [InlineData("{cert_file: server.crt, key_file: server.key, client_auth_type: RequireAndVerifyClientCert, client_ca_file: pipe}")]
    public async Task A_pipe_in_the_place_of_a_file_fails_the_start(string section)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        await using var server = _server;
        MakePipe(server.PathOf("pipe"));
        var fault = await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync($"tls_server_config: {section}"));
        Assert.Contains("it is not a regular file, but a pipe, a socket or a device", fault.Message, StringComparison.Ordinal);
        Assert.Contains(server.PathOf("pipe"), fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_servers_own_request_takes_no_token_of_the_rate_limit()
    {
        var path = System.IO.Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "rate_limit: {interval: 1h, burst: 1}", TestContext.Current.CancellationToken);
            var stage = new Pipeline().UseMetrics(new MetricsOptions
            {
                Prefix = "metrics",
                WebConfigFile = path,
                WebConfiguration = new WebConfiguration(),
            }).Run(context => context.Response.WriteTextAsync("app"));
            var options = new ServerOptions();
            options.Prefixes.Add("metrics=http://127.0.0.1:0/");
            await using var server = new HttpServer(options, stage);
            await server.StartAsync(TestContext.Current.CancellationToken);
            using var client = new HttpClient();
            var url = $"http://127.0.0.1:{server.EndPoints[0].Port}";
            Assert.Equal("Healthy.\n", await client.GetStringAsync($"{url}/-/healthy", TestContext.Current.CancellationToken));
            Assert.NotEmpty(await client.GetStringAsync($"{url}/metrics", TestContext.Current.CancellationToken));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task TLS_needs_a_port_of_the_metrics_and_a_prefix_without_TLS()
    {
        await using var server = _server;
        var fault = await Assert.ThrowsAsync<ServerStartException>(
            () => server.StartAsync(Pair, configure: options => (options.Prefix, options.Path) = (null, "/metrics")));
        Assert.Contains("has a tls_server_config, but the metrics share their port with the app", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_setting_names_the_file_and_the_services_read_it()
    {
        await using var server = _server;
        server.Write(Users());
        foreach (var isAdded in new[] { true, false })
        {
            var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings
            {
                ContentRootPath = Path.GetDirectoryName(server.Path),
            });
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["TinyHost:Prefixes"] = "http://127.0.0.1:0/;metrics=http://127.0.0.1:0/",
                ["TinyHost:Metrics:Prefix"] = "metrics",
                ["TinyHost:Metrics:WebConfigFile"] = "web.yml",
            });
            builder.Services.AddTinyHost(pipeline => pipeline.UseMetrics().Run(_ => Task.CompletedTask));
            if (isAdded)
            {
                builder.Services.AddWebConfiguration();
            }

            using var host = builder.Build();
            if (!isAdded)
            {
                var fault = await Assert.ThrowsAsync<ServerStartException>(() => host.StartAsync());
                Assert.Equal(
                    "Cannot start: the metrics have a web configuration file, web.yml, but nothing that reads it: reference the package "
                    + "TinyHost.WebConfig, and call services.AddWebConfiguration().",
                    fault.Message);
                return;
            }

            await host.StartAsync();
            using var client = new HttpClient();
            var port = host.Services.GetRequiredService<HostedServer>().EndPointOf("metrics").Port;
            using var response = await client.GetAsync($"http://127.0.0.1:{port}/metrics");
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            await host.StopAsync();
        }
    }

    [Fact]
    public async Task The_port_that_the_server_adds_is_served_over_TLS_too()
    {
        await using var server = _server;
        server.Write(Pair);
        var port = FreePort.Next();
        var options = new MetricsOptions { Port = port, WebConfigFile = server.Path, WebConfiguration = new WebConfiguration() };
        await using var http = new HttpServer(
            "http://127.0.0.1:0/", new Pipeline().UseMetrics(options).Run(_ => Task.CompletedTask));
        await http.StartAsync();
        using var stream = await WebConfigServer.HandshakeAsync(port);
        Assert.True(stream.IsAuthenticated);
    }

    private static string Users() => $"basic_auth_users: {{dave: {s_hash}}}\n";

    private static void MakePipe(string path) =>
        Assert.Equal(0, MakePipe(System.Text.Encoding.UTF8.GetBytes(path + '\0'), 0b110_000_000));

    [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "mkfifo")]
    [System.Runtime.InteropServices.DefaultDllImportSearchPaths(System.Runtime.InteropServices.DllImportSearchPath.SafeDirectories)]
    private static extern int MakePipe(byte[] path, uint mode);
}
