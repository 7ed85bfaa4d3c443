// Owns: tests of credentials for the metrics: what they cover, and their settings.

using System.Net;
using System.Net.Http.Headers;
using System.Text;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

[Collection(ServersAlone.Name)]
public sealed class MetricsProtectionTests
{
    [Theory]
    [InlineData(false, HttpStatusCode.OK)]
    [InlineData(true, HttpStatusCode.Unauthorized)]
    public async Task Health_checks_need_no_credentials_unless_told_otherwise(bool covers, HttpStatusCode expected)
    {
        var chain = new Pipeline()
            .UseMetrics(prefix: "metrics", protect: auth => auth.Token("ci", "secret").CoversHealth = covers)
            .Run(MetricsServer.Hello);
        await using var server = new HttpServer("http://127.0.0.1:0/;metrics=http://127.0.0.1:0/", chain);
        await server.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{server.EndPoints[1].Port}") };
        foreach (var (path, status) in new[]
        {
            ("/-/healthy", expected), ("/-/ready", expected), ("/", HttpStatusCode.Unauthorized), ("/x", HttpStatusCode.Unauthorized),
        })
        {
            using var response = await client.GetAsync(path);
            Assert.Equal((path, status), (path, response.StatusCode));
        }
    }

    [Fact]
    public async Task Settings_add_users_tokens_and_a_cookie()
    {
        var folder = Directory.CreateTempSubdirectory("tinyhost-").FullName;
        var (users, tokens, cookie) = (Path.Join(folder, "users"), Path.Join(folder, "tokens"), Path.Join(folder, "cookie"));
        await File.WriteAllTextAsync(users, "file: " + PasswordHash.Create("one", 1_000));
        await File.WriteAllTextAsync(tokens, "two");
        const string section = "TinyHost:Metrics:Protect:";
        foreach (var (settings, credentials) in new[]
        {
            ([(section + "Users", users)], "Basic " + Base64("file:one")),
            ([(section + "Tokens", tokens)], "Bearer two"),
            ([(section + "Cookie", cookie)], null),
            ([(section + "Users:ann", PasswordHash.Create("three", 1_000)), (section + "Realm", "own")], "Basic " + Base64("ann:three")),
            (((string, string)[])[(section + "MaxFailures", "20"), (section + "Tokens", "")], "Bearer code"),
        })
        {
            using var services = Services.WithSettings(settings);
            var chain = new Pipeline(services)
                .UseMetrics(prefix: "metrics", protect: auth => auth.Token("code", "code"))
                .Run(MetricsServer.Hello);
            await using var server = new HttpServer("http://127.0.0.1:0/;metrics=http://127.0.0.1:0/", chain);
            await server.StartAsync();
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{server.EndPoints[1].Port}") };
            using var refused = await client.GetAsync("/metrics");
            var realm = settings.Length == 2 && settings[1].Item1.EndsWith("Realm", StringComparison.Ordinal) ? "own" : "metrics";
            Assert.Contains($"realm=\"{realm}\"", refused.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
            client.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse(
                credentials ?? "Basic " + Base64(await File.ReadAllTextAsync(cookie)));
            using var answered = await client.GetAsync("/metrics");
            Assert.Equal((settings[0].Item1, HttpStatusCode.OK), (settings[0].Item1, answered.StatusCode));
        }

        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("Users:ann", "secret", "(TinyHost:Metrics:Protect): What user ann has is not a password hash, perhaps the password")]
    [InlineData("CoversHealth", "yes", "TinyHost:Metrics:Protect:CoversHealth is 'yes'; it must be 'true' or 'false'.")]
    [InlineData("MaxFailures", "0", "TinyHost:Metrics:Protect:MaxFailures is '0'; it must be a whole number from 1")]
    [InlineData("MaxWaiting", "3", "(TinyHost:Metrics:Protect): Authentication without users, tokens or a cookie")]
    [InlineData("Password", "secret", "unknown setting TinyHost:Metrics:Protect:Password. Known settings: Cookie, ")]
    public void Settings_that_cannot_be_used_are_refused_without_showing_a_secret(string key, string value, string expected)
    {
        using var services = Services.WithSettings(("TinyHost:Metrics:Protect:" + key, value));
        var error = Assert.Throws<ServerStartException>(() => new Pipeline(services).UseMetrics().Run(MetricsServer.Hello));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
