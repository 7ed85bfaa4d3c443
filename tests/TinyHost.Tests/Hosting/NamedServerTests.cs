// Owns: several servers in one host, each with settings of its own.

using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class NamedServerTests
{
    private static HostApplicationBuilder Builder(params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(
            settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value)));
        return builder;
    }

    private static Func<Pipeline, Func<RequestContext, Task>> Text(string text) =>
        pipeline => pipeline.Run(context => context.Response.WriteTextAsync(text));

    private static async Task<string> AskAsync(int port)
    {
        using var client = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        return (await client.GetAsync("/")).Content;
    }

    private static async Task<string> StartFaultAsync(HostApplicationBuilder builder)
    {
        using var host = builder.Build();
        return (await Assert.ThrowsAsync<ServerStartException>(() => host.StartAsync())).Message;
    }

    [Fact]
    public async Task Each_server_reads_the_section_of_its_name_and_the_one_without_a_name_the_rest()
    {
        var (unnamed, admin, api) = (TestServer.FreePort(), TestServer.FreePort(), TestServer.FreePort());
        var builder = Builder(
            ("TinyHost:Prefixes:0", $"http://127.0.0.1:{unnamed}/"),
            ("TinyHost:Limits:MaxFieldLines", "10"),
            ("TinyHost:Admin:Prefixes:0", $"http://127.0.0.1:{admin}/"),
            ("TinyHost:Admin:Limits:MaxFieldLines", "20"),
            ("TinyHost:api:Prefixes", $"http://127.0.0.1:{api}/"));
        var limits = new List<ServerLimits>();
        builder.Services
            .AddTinyHost("admin", Text("admin"), options => limits.Add(options.Limits))
            .AddTinyHost(Text("unnamed"), options => limits.Add(options.Limits))
            .AddTinyHost("api", Text("api"), options => limits.Add(options.Limits));
        using var host = builder.Build();
        await host.StartAsync();
        Assert.Equal("unnamed", await AskAsync(unnamed));
        Assert.Equal("admin", await AskAsync(admin));
        Assert.Equal("api", await AskAsync(api));
        Assert.Equal([20, 10, 100], limits.Select(each => each.MaxFieldLines));
        await host.StopAsync();
    }

    [Fact]
    public async Task A_pipeline_has_the_section_of_its_server()
    {
        var builder = Builder(("TinyHost:Prefixes:0", "http://127.0.0.1:0/"), ("TinyHost:admin:Prefixes:0", "http://127.0.0.1:0/"));
        var paths = new List<string?>();
        Func<RequestContext, Task> Build(Pipeline pipeline)
        {
            paths.Add(pipeline.Settings?.Path);
            return Text("x")(pipeline);
        }

        builder.Services.AddTinyHost(Build).AddTinyHost("admin", Build);
        using var host = builder.Build();
        await host.StartAsync();
        await host.StopAsync();
        Assert.Equal(["TinyHost", "TinyHost:admin"], paths);
        Assert.Null(new Pipeline().Settings);
    }

    [Theory]
    [InlineData("TinyHost:admin:Prefix:0", "http://+:0/", "unknown setting TinyHost:admin:Prefix. ")]
    [InlineData("TinyHost:admin:Limits:MaxThings", "1", "unknown setting TinyHost:admin:Limits:MaxThings. ")]
    [InlineData("TinyHost:admin:api:Prefixes:0", "http://+:0/", "unknown setting TinyHost:admin:api. ")]
    [InlineData(
        "TinyHost:admni:Prefixes:0", "http://+:0/",
        "unknown setting TinyHost:admni. Known settings: InlineCompletions, Limits, Metrics, Prefixes, StrictTargets, admin, api.")]
    [InlineData("TinyHost:admin", "5", "TinyHost:admin is '5'")]
    [InlineData("TinyHost:admin:Limits", "5", "TinyHost:admin:Limits is '5'")]
    [InlineData("TinyHost:admin:Limits:IdleTimeout", "24:00:00", "TinyHost:admin:Limits:IdleTimeout is '24:00:00'")]
    public async Task A_setting_of_a_named_server_that_cannot_be_read_fails_the_start(string key, string value, string named)
    {
        var builder = Builder(("TinyHost:api:Prefixes:0", "http://127.0.0.1:0/"), (key, value));
        builder.Services
            .AddTinyHost(Text("unnamed"), options => options.Prefixes.Add("http://127.0.0.1:0/"))
            .AddTinyHost("api", Text("api"))
            .AddTinyHost("admin", Text("admin"), options => options.Prefixes.Add("http://127.0.0.1:0/"));
        Assert.Contains(named, await StartFaultAsync(builder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TinyHost:Prefixes:0", "http://127.0.0.1:0/")]
    [InlineData("TinyHost:Limits:MaxFieldLines", "10")]
    public async Task A_setting_that_no_server_reads_fails_the_start(string key, string value)
    {
        var builder = Builder((key, value));
        builder.Services.AddTinyHost("admin", Text("admin"), options => options.Prefixes.Add("http://127.0.0.1:0/"));
        var message = await StartFaultAsync(builder);
        Assert.Contains("no server reads TinyHost:", message, StringComparison.Ordinal);
        Assert.Contains("set TinyHost:admin:", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_servers_without_a_name_do_not_share_configured_prefixes()
    {
        var builder = Builder(("TinyHost:Prefixes:0", $"http://127.0.0.1:{TestServer.FreePort()}/"));
        builder.Services.AddTinyHost(Text("one")).AddTinyHost(Text("two"));
        Assert.Equal(
            "Cannot start: 2 servers would listen on the same TinyHost:Prefixes; name all but one of them, as in " +
            "AddTinyHost(\"name\", …), and set TinyHost:name:Prefixes.",
            await StartFaultAsync(builder));
    }

    [Theory]
    [InlineData("admin", "has been added already")]
    [InlineData("ADMIN", "has been added already")]
    [InlineData("Limits", "is a setting of the server without a name")]
    [InlineData("metrics", "is a setting of the server without a name")]
    [InlineData("", "a name consists of")]
    [InlineData("a:b", "a name consists of")]
    [InlineData("a__b", "a name consists of")]
    [InlineData("a b", "a name consists of")]
    [InlineData("ä", "a name consists of")]
    public void A_name_that_cannot_be_a_servers_own_is_refused_when_it_is_added(string name, string why)
    {
        var services = new ServiceCollection().AddTinyHost("admin", Text("admin"));
        var error = Assert.Throws<ArgumentException>(() => services.AddTinyHost(name, Text("other")));
        Assert.Contains($"named '{name}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_host_may_have_the_same_names()
    {
        foreach (var services in new[] { new ServiceCollection(), new ServiceCollection() })
        {
            services.AddTinyHost("admin", Text("admin"));
            using var provider = services.BuildServiceProvider();
            Assert.Single(provider.GetServices<IHostedService>());
        }
    }
}
