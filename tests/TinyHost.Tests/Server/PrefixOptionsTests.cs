// Owns: tests of prefixes as objects, in code and in a configuration.

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class PrefixOptionsTests
{
    [Fact]
    public void Prefixes_are_added_as_texts_and_with_settings_of_their_own()
    {
        var options = new ServerOptions { Prefixes = { "http://+:8080/", "metrics=http://127.0.0.1:0/" } };
        options.Prefixes.Add(" admin = http://127.0.0.1:1/a=b/ ", prefix => prefix.ProxyProtocol.Add("10.0.0.0/8"));
        options.Prefixes.Add(new PrefixOptions { Url = "http://+:2/", Name = "last" });
        Assert.Equal(
            [
                (null, "http://+:8080/", ""), ("metrics", "http://127.0.0.1:0/", ""), ("admin", "http://127.0.0.1:1/a=b/", "10.0.0.0/8"),
                ("last", "http://+:2/", ""),
            ],
            options.Prefixes.Select(prefix => (prefix.Name, prefix.Url, string.Join(',', prefix.ProxyProtocol))));
        Assert.Equal(["http://+:8080/", "metrics=http://127.0.0.1:0/"], options.Prefixes.Take(2).Select(prefix => prefix.ToString()));
        Assert.Equal("", new PrefixOptions().Url);
    }

    [Fact]
    public void Nothing_is_no_prefix()
    {
        var prefixes = new PrefixCollection { "http://+:0/" };
        Assert.Throws<ArgumentNullException>(() => prefixes.Add((string)null!));
        Assert.Throws<ArgumentNullException>(() => prefixes.Add((PrefixOptions)null!));
        Assert.Throws<ArgumentNullException>(() => prefixes.Add("http://+:0/", null!));
        Assert.Throws<ArgumentNullException>(() => prefixes[0] = null!);
        Assert.Throws<ArgumentNullException>(() => prefixes[0].Url = null!);
        Assert.Single(prefixes);
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("proxy.example")]
    [InlineData("")]
    [InlineData(null)]
    public async Task A_network_that_cannot_be_read_fails_the_start(string? network)
    {
        var error = await Assert.ThrowsAsync<ServerStartException>(() => TestServer.StartAsync(
            _ => Task.CompletedTask,
            options => options.Prefixes.Add("http://127.0.0.1:0/", prefix =>
            {
                prefix.ProxyProtocol.Add("127.0.0.1");
                prefix.ProxyProtocol.Add(network!);
            })));
        Assert.Equal(
            $"Cannot start: the ProxyProtocol of http://127.0.0.1:0/ has '{network}', which is not a network, written as 10.0.0.0/8 or "
            + "2001:db8::/32, as an address alone, or as unix for peers of Unix sockets.",
            error.Message);
    }

    [Theory]
    [InlineData("TinyHost:Prefixes:metrics:ProxyProtocol=10.0.0.0/8, 127.0.0.1", "metrics=http://127.0.0.1:0/ 10.0.0.0/8,127.0.0.1")]
    [InlineData(
        "TinyHost:Prefixes:metrics:ProxyProtocol:0=10.0.0.0/8;TinyHost:Prefixes:metrics:ProxyProtocol:1=::1",
        "metrics=http://127.0.0.1:0/ 10.0.0.0/8,::1")]
    [InlineData("TinyHost:Prefixes:metrics:proxyprotocol=::1", "metrics=http://127.0.0.1:0/ ::1")]
    [InlineData("TinyHost:Prefixes:metrics:ProxyProtocol=", "metrics=http://127.0.0.1:0/ ")]
    [InlineData("TinyHost:Prefixes:metrics:Name=metrics", "metrics=http://127.0.0.1:0/ ")]
    [InlineData("TinyHost:Prefixes:metrics:Name=Metrics", "Metrics=http://127.0.0.1:0/ ")]
    public async Task A_configured_prefix_has_settings_of_its_own(string settings, string expected)
    {
        foreach (var key in new[] { "TinyHost:Prefixes:metrics", "TinyHost:Prefixes:metrics:Url" })
        {
            Assert.Equal([expected], await ReadAsync([(key, "http://127.0.0.1:0/"), .. Pairs(settings)]));
        }
    }

    [Fact]
    public async Task Prefixes_of_an_array_can_have_a_name_and_settings() =>
        Assert.Equal(
            ["http://127.0.0.1:0/ ", "admin=http://127.0.0.1:0/ 127.0.0.1"],
            await ReadAsync(
                ("TinyHost:Prefixes:0", "http://127.0.0.1:0/"), ("TinyHost:Prefixes:1:Name", "admin"),
                ("TinyHost:Prefixes:1:Url", "http://127.0.0.1:0/"), ("TinyHost:Prefixes:1:ProxyProtocol", "127.0.0.1")));

    [Fact]
    public async Task Settings_of_a_prefix_come_from_the_environment_and_the_command_line()
    {
        const string Variable = "PrefixOptionsTests_TinyHost__Prefixes__edge__ProxyProtocol";
        Environment.SetEnvironmentVariable(Variable, "127.0.0.1");
        try
        {
            var builder = HostedServerTests.Builder();
            builder.Configuration
                .AddEnvironmentVariables("PrefixOptionsTests_")
                .AddCommandLine(["--TinyHost:Prefixes:edge:Url=http://127.0.0.1:0/"]);
            Assert.Equal(["edge=http://127.0.0.1:0/ 127.0.0.1"], await ReadAsync(builder));
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }

    [Theory]
    [InlineData(
        "TinyHost:Prefixes:a:Proxy=::1", "unknown setting TinyHost:Prefixes:a:Proxy. Known settings: Backlog, Certificate, ")]
    [InlineData(
        "TinyHost:Prefixes:a:ProxyProtocol=10.0.0.300",
        "TinyHost:Prefixes:a:ProxyProtocol is '10.0.0.300'; it must be the networks of trusted proxies with commas between them, each "
        + "written as 10.0.0.0/8 or 2001:db8::/32, as an address alone, or as unix for peers of Unix sockets.")]
    [InlineData("TinyHost:Prefixes:a:Name=b", "TinyHost:Prefixes:a has a second name, 'b'; leave one of them out.")]
    [InlineData("TinyHost:Prefixes:a:Url=b=http://+:0/", "TinyHost:Prefixes:a has a second name, 'b'; leave one of them out.")]
    [InlineData("TinyHost:Prefixes:0:Name=b b;TinyHost:Prefixes:0:Url=http://+:0/", "not a prefix: 'b b=http://+:0/': a name consists of")]
    [InlineData(
        "TinyHost:Prefixes:a:ProxyProtocol=::1",
        "TinyHost:Prefixes:a has no Url; set TinyHost:Prefixes:a:Url to what the prefix listens on, such as http://+:8080/.")]
    public async Task A_setting_that_cannot_be_read_names_what_would_be_right(string settings, string expected)
    {
        var error = await Assert.ThrowsAsync<ServerStartException>(() => ReadAsync([.. Pairs(settings)]));
        Assert.StartsWith("Cannot start: " + expected, error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<(string Key, string Value)> Pairs(string settings) =>
        settings.Split(';').Select(setting => setting.Split('=', 2)).Select(parts => (parts[0], parts[1]));

    private static Task<List<string>> ReadAsync(params (string Key, string Value)[] settings) =>
        ReadAsync(HostedServerTests.Builder(settings));

    private static async Task<List<string>> ReadAsync(HostApplicationBuilder builder)
    {
        ServerOptions? seen = null;
        builder.Services.AddTinyHost(pipeline => pipeline.Run(_ => Task.CompletedTask), options => seen = options);
        using var host = builder.Build();
        await host.StartAsync();
        await host.StopAsync();
        return [.. seen!.Prefixes.Select(prefix => $"{prefix} {string.Join(',', prefix.ProxyProtocol)}")];
    }
}
