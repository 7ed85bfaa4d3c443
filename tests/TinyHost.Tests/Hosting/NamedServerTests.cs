// Owns: several servers in one host, each with its own settings.

using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class NamedServerTests
{
    private static Func<Pipeline, Func<RequestContext, Task>> Text(string text) =>
        pipeline => pipeline.Run(context => context.Response.WriteTextAsync(text));

    private static async Task<string> GetAsync(int port)
    {
        using var client = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        return (await client.GetAsync("/")).Content;
    }

    private static async Task<string> StartErrorAsync(HostApplicationBuilder builder)
    {
        using var host = builder.Build();
        return (await Assert.ThrowsAsync<ServerStartException>(() => host.StartAsync())).Message;
    }

    [Fact]
    public async Task A_named_server_reads_the_section_of_its_name_and_the_unnamed_server_the_rest()
    {
        var (unnamed, admin, api) = (FreePort.Next(), FreePort.Next(), FreePort.Next());
        var builder = HostedServerTests.Builder(
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
        Assert.Equal("unnamed", await GetAsync(unnamed));
        Assert.Equal("admin", await GetAsync(admin));
        Assert.Equal("api", await GetAsync(api));
        Assert.Equal([20, 10, 100], limits.Select(each => each.MaxFieldLines));
        await host.StopAsync();
    }

    [Fact]
    public async Task A_refusal_names_the_setting_of_the_server_that_refuses()
    {
        var builder = HostedServerTests.Builder(
            ("TinyHost:Admin:Prefixes:0", "http://127.0.0.1:0/"), ("TinyHost:Admin:Limits:MaxRequestBodySize", "5"));
        builder.Services.AddTinyHost("admin", _ => async context => await context.Request.Body.ReadAllAsync());
        using var host = builder.Build();
        await host.StartAsync();
        var server = host.Services.GetRequiredKeyedService<HostedServer>("admin");

        using var client = new HttpClient();
        using var content = new StringContent("longer");
        using var response = await client.PostAsync(new Uri($"http://{server.EndPoints[0]}/"), content);
        Assert.Contains(
            "(TinyHost:admin:Limits:MaxRequestBodySize)", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_pipeline_exposes_the_settings_section_of_its_server()
    {
        var builder = HostedServerTests.Builder(
            ("TinyHost:Prefixes:0", "http://127.0.0.1:0/"), ("TinyHost:admin:Prefixes:0", "http://127.0.0.1:0/"));
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
        "unknown setting TinyHost:admni. Known settings: Console, DrainDelay, Handover, Health, InlineCompletions, Limits, Metrics, "
        + "Prefixes, StrictTargets, Workers, admin, api.")]
    [InlineData("TinyHost:admin", "5", "TinyHost:admin is '5'")]
    [InlineData("TinyHost:admin:Limits", "5", "TinyHost:admin:Limits is '5'")]
    [InlineData("TinyHost:admin:Limits:IdleTimeout", "24:00:00", "TinyHost:admin:Limits:IdleTimeout is '24:00:00'")]
    public async Task An_invalid_setting_of_a_named_server_fails_the_start(string key, string value, string expected)
    {
        var builder = HostedServerTests.Builder(("TinyHost:api:Prefixes:0", "http://127.0.0.1:0/"), (key, value));
        builder.Services
            .AddTinyHost(Text("unnamed"), options => options.Prefixes.Add("http://127.0.0.1:0/"))
            .AddTinyHost("api", Text("api"))
            .AddTinyHost("admin", Text("admin"), options => options.Prefixes.Add("http://127.0.0.1:0/"));
        Assert.Contains(expected, await StartErrorAsync(builder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TinyHost:Prefixes:0", "http://127.0.0.1:0/")]
    [InlineData("TinyHost:Limits:MaxFieldLines", "10")]
    public async Task A_setting_that_no_server_reads_fails_the_start(string key, string value)
    {
        var builder = HostedServerTests.Builder((key, value));
        builder.Services.AddTinyHost("admin", Text("admin"), options => options.Prefixes.Add("http://127.0.0.1:0/"));
        var message = await StartErrorAsync(builder);
        Assert.Contains("no server reads TinyHost:", message, StringComparison.Ordinal);
        Assert.Contains("set TinyHost:admin:", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_unnamed_servers_cannot_share_configured_prefixes()
    {
        var builder = HostedServerTests.Builder(("TinyHost:Prefixes:0", $"http://127.0.0.1:{FreePort.Next()}/"));
        builder.Services.AddTinyHost(Text("one")).AddTinyHost(Text("two"));
        Assert.Equal(
            "Cannot start: 2 servers would listen on the same TinyHost:Prefixes; name all but one of them, as in " +
            "AddTinyHost(\"name\", …), and set TinyHost:name:Prefixes.",
            await StartErrorAsync(builder));
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
    public void An_invalid_or_duplicate_server_name_is_rejected_by_AddTinyHost(string name, string reason)
    {
        var services = new ServiceCollection().AddTinyHost("admin", Text("admin"));
        var error = Assert.Throws<ArgumentException>(() => services.AddTinyHost(name, Text("other")));
        Assert.Contains($"named '{name}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_hosts_can_use_the_same_server_name()
    {
        foreach (var services in new[] { new ServiceCollection(), new ServiceCollection() })
        {
            services.AddTinyHost("admin", Text("admin"));
            using var provider = services.BuildServiceProvider();
            Assert.Single(provider.GetServices<IHostedService>());
        }
    }
}
