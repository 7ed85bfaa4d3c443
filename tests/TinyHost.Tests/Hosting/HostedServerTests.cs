// Owns: a server as a service of a Generic Host: settings, services, start and stop with the host.

using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class HostedServerTests
{
    internal static HostApplicationBuilder Builder(params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value));
        return builder;
    }

    [Fact]
    public async Task A_function_that_makes_no_chain_is_named()
    {
        var builder = Builder(("TinyHost:Prefixes", "http://127.0.0.1:0/"));
        builder.Services.AddTinyHost(_ => null!);
        using var host = builder.Build();
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());
        Assert.Equal("The function given to AddTinyHost returned null instead of a handler.", thrown.Message);
    }

    public static TheoryData<string> Limits => [.. typeof(ServerLimits).GetProperties().Select(property => property.Name)];

    [Theory]
    [MemberData(nameof(Limits))]
    public async Task Every_limit_can_be_set_by_its_name_with_or_without_spaces_around_its_value(string limit)
    {
        var (with, without) = (await LimitAsync(limit, "4321 "), await LimitAsync(limit, "4321"));
        Assert.Equal(without, with);
        Assert.Equal("4321", with is TimeSpan span ? span.TotalSeconds.ToString("0") : with!.ToString());
    }

    [Theory]
    [MemberData(nameof(Limits))]
    public async Task The_smallest_value_of_a_limit_is_the_same_in_code_and_configuration(string limit)
    {
        var property = typeof(ServerLimits).GetProperty(limit)!;
        if (property.PropertyType == typeof(TimeSpan))
        {
            Assert.Equal(TimeSpan.FromTicks(1), await LimitAsync(limit, "0.0000001"));
            var zero = await Assert.ThrowsAsync<ServerStartException>(() => LimitAsync(limit, "0"));
            Assert.Contains("'0'", zero.Message, StringComparison.Ordinal);
            return;
        }

        var min = Enumerable.Range(0, 2_000).First(value => IsAllowed(property, value));
        var max = limit == "MaxRequestBodySize" ? long.MaxValue : int.MaxValue;
        Assert.Equal($"{min}", $"{await LimitAsync(limit, $"{min}")}");
        var below = $"{min - 1}";
        var error = await Assert.ThrowsAsync<ServerStartException>(() => LimitAsync(limit, below));
        Assert.Equal(
            $"Cannot start: TinyHost:Limits:{limit} is '{below}'; it must be a whole number of {UnitOf(limit)} from {min} to {max}.",
            error.Message);
    }

    [Theory]
    [InlineData("MaxRequestBodySize")]
    [InlineData("MaxConnections")]
    [InlineData("MaxConnectionsPerListener")]
    public async Task An_empty_value_removes_a_limit_that_is_optional(string limit)
    {
        Assert.Null(await LimitAsync(limit, ""));
        Assert.Null(await LimitAsync(limit, " "));
        await Assert.ThrowsAsync<ServerStartException>(() => LimitAsync($"{limit}:0", "1"));
    }

    private static string UnitOf(string limit) => limit switch
    {
        "MaxFieldLines" => "field lines",
        "MaxConnections" or "MaxConnectionsPerListener" or "ReservedConnections" => "connections",
        "MinDataRate" => "bytes per second",
        "MaxBlockedThreads" => "threads",
        _ => "bytes",
    };

    private static bool IsAllowed(System.Reflection.PropertyInfo limit, int value)
    {
        try
        {
            limit.SetValue(new ServerLimits(), limit.PropertyType == typeof(long?) ? (object)(long)value : value);
            return true;
        }
        catch (System.Reflection.TargetInvocationException e) when (e.InnerException is ArgumentOutOfRangeException)
        {
            return false;
        }
    }

    private static async Task<object?> LimitAsync(string limit, string value)
    {
        ServerOptions? seen = null;
        var builder = Builder(("TinyHost:Prefixes:0", "http://127.0.0.1:0/"), ($"TinyHost:Limits:{limit}", value));
        builder.Services.AddTinyHost(pipeline => pipeline.Run(_ => Task.CompletedTask), options => seen = options);
        using var host = builder.Build();
        await host.StartAsync();
        await host.StopAsync();
        return typeof(ServerLimits).GetProperty(limit)!.GetValue(seen!.Limits);
    }

    [Theory]
    [InlineData("TinyHost:Limits:IdleTimeout", "NaN")]
    [InlineData("TinyHost:Limits:IdleTimeout", "-1")]
    [InlineData("TinyHost:Limits:IdleTimeout", "24:00:00")]
    [InlineData("TinyHost:Limits:IdleTimeout", "1.00:00:00")]
    [InlineData("TinyHost:Limits:IdleTimeout", "99999999999999999999")]
    [InlineData("TinyHost:Limits:IdleTimeout", "")]
    [InlineData("TinyHost:Limits:HeaderSectionTimeout", "1 2")]
    [InlineData("TinyHost:Limits:MaxRequestLineSize", "1")]
    [InlineData("TinyHost:Limits:MaxFieldLines", "many")]
    [InlineData("TinyHost:Limits:MaxFieldLines", "99999999999")]
    [InlineData("TinyHost:Limits:MaxFieldLines:0", "1")]
    [InlineData("TinyHost:Limits:MaxLines", "1")]
    [InlineData("TinyHost:Limits", "5")]
    [InlineData("TinyHost:Metrics", "9100")]
    [InlineData("TinyHost:InlineCompletions", "perhaps")]
    [InlineData("TinyHost:InlineCompletions:0", "true")]
    [InlineData("TinyHost:StrictTargets", "perhaps")]
    [InlineData("TinyHost:StrictTargets", "")]
    [InlineData("TinyHost:Prefix:0", "http://+:0/")]
    [InlineData("TinyHost:Prefixes:0:Port", "0")]
    [InlineData("TinyHost:Prefixes:0:ProxyProtocol", "true")]
    [InlineData("TinyHost:Prefixes:0:ProxyProtocol", "10.0.0.0/8,")]
    [InlineData("TinyHost:Prefixes:0:ProxyProtocol:0", "")]
    [InlineData("TinyHost:Prefixes:0:ProxyProtocol:a", "10.0.0.1")]
    [InlineData("TinyHost:Limits:OpeningTimeout", "0")]
    [InlineData("TinyHost:Prefixes:0:Url:0", "http://+:0/")]
    [InlineData("TinyHost", "5")]
    public async Task An_invalid_setting_fails_the_start_with_an_error_that_names_it(string key, string value)
    {
        var builder = Builder(("TinyHost:Prefixes:1", "http://127.0.0.1:0/"), (key, value));
        builder.Services.AddTinyHost(pipeline => pipeline.Run(_ => Task.CompletedTask));
        using var host = builder.Build();
        var e = await Assert.ThrowsAsync<ServerStartException>(() => host.StartAsync());
        Assert.Contains(key.EndsWith(":0", StringComparison.Ordinal) ? key[..^2] : key, e.Message, StringComparison.Ordinal);
        Assert.StartsWith("Cannot start: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Spaces_around_prefixes_and_flags_are_ignored()
    {
        ServerOptions? seen = null;
        var builder = Builder(
            ("TinyHost:Prefixes:0", " http://127.0.0.1:0/ "), ("TinyHost:InlineCompletions", "false "),
            ("TinyHost:Limits", " "), ("TinyHost:Metrics", ""));
        builder.Services.AddTinyHost(pipeline => pipeline.Run(_ => Task.CompletedTask), options => seen = options);
        using var host = builder.Build();
        await host.StartAsync();
        await host.StopAsync();
        Assert.Equal(["http://127.0.0.1:0/"], seen!.Prefixes.Select(prefix => prefix.Url));
    }

    [Fact]
    public async Task A_request_has_access_to_the_services_of_the_application()
    {
        var port = FreePort.Next();
        var builder = Builder(("TinyHost:Prefixes:0", $"http://127.0.0.1:{port}/"));
        builder.Services.AddSingleton("a service");
        builder.Services.AddTinyHost(
            pipeline => pipeline.Run(context => context.Response.WriteTextAsync(context.Services.GetRequiredService<string>())));
        using var host = builder.Build();
        await host.StartAsync();
        using var client = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        Assert.Equal("a service", (await client.GetAsync("/")).Content);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_stopping_host_waits_for_requests_until_its_shutdown_timeout()
    {
        var port = FreePort.Next();
        var entered = new SemaphoreSlim(0);
        var release = new TaskCompletionSource();
        var aborted = new TaskCompletionSource();
        var builder = Builder(("TinyHost:Prefixes:0", $"http://127.0.0.1:{port}/"));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.Services.AddTinyHost(pipeline => pipeline.Run(async context =>
        {
            entered.Release();
            if (context.Request.Path == "/finishes")
            {
                await release.Task;
                await context.Response.WriteTextAsync("done");
                return;
            }

            await using var registration = context.Aborted.Register(aborted.SetResult);
            await Task.Delay(Timeout.Infinite, context.Aborted);
        }));
        using var host = builder.Build();
        await host.StartAsync();
        using var finishing = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        await finishing.SendAsync("GET /finishes HTTP/1.1\r\nHost: h\r\n\r\n");
        using var lasting = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        await lasting.SendAsync("GET /lasts HTTP/1.1\r\nHost: h\r\n\r\n");
        await entered.WaitAsync(TestTimeout.Long);
        await entered.WaitAsync(TestTimeout.Long);

        var reading = lasting.ReadToResetAsync();
        var stopping = host.StopAsync();
        release.SetResult();
        Assert.Equal("done", (await finishing.ReadResponseAsync()).Content);
        Assert.False(aborted.Task.IsCompleted);
        // The other request ends only at the host's timeout.
        await stopping.WaitAsync(TestTimeout.Long);
        await aborted.Task.WaitAsync(TestTimeout.Long);
        await reading;
    }

    [Fact]
    public async Task Two_servers_in_a_host_can_have_separate_prefixes_set_in_code()
    {
        var (first, second) = (FreePort.Next(), FreePort.Next());
        var builder = Builder();
        foreach (var port in new[] { first, second })
        {
            builder.Services.AddTinyHost(
                pipeline => pipeline.Run(context => context.Response.WriteTextAsync(port.ToString())),
                options => options.Prefixes.Add($"http://127.0.0.1:{port}/"));
        }

        using var host = builder.Build();
        await host.StartAsync();
        foreach (var port in new[] { first, second })
        {
            using var client = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
            Assert.Equal(port.ToString(), (await client.GetAsync("/")).Content);
        }

        await host.StopAsync();
    }

    [Fact]
    public void A_service_provider_with_a_server_can_be_disposed_synchronously()
    {
        var services = new ServiceCollection();
        services.AddTinyHost(pipeline => pipeline.Run(_ => Task.CompletedTask), options => options.Prefixes.Add("http://127.0.0.1:0/"));
        using var provider = services.BuildServiceProvider();
        Assert.Single(provider.GetServices<IHostedService>());
    }
}
