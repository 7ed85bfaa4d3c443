// Owns: a host that hands its sockets over, as a daemon runs it.

using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TinyHost.Tests.Support;

/// <summary>Its server answers every request with the host's name.</summary>
internal sealed class HandoverHost : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly IHostApplicationLifetime _lifetime;

    private HandoverHost(IHost host)
    {
        _host = host;
        _lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        Server = host.Services.GetRequiredService<HostedServer>();
        Running = host.RunAsync();
    }

    internal RecordingLogger Log { get; private init; } = new();

    internal HostedServer Server { get; }

    /// <summary>Ends when the host has stopped.</summary>
    internal Task Running { get; }

    internal IEnumerable<string> Messages => Log.Entries.Select(entry => entry.Message);

    /// <summary>Starts a host with these settings besides the path of the handover. Throws what its start throws.</summary>
    internal static async Task<HandoverHost> StartAsync(
        string path,
        string name,
        string prefixes,
        Action<IServiceCollection>? configure = null,
        params (string Key, string Value)[] settings)
    {
        var log = new RecordingLogger();
        var builder = HostedServerTests.Builder([("TinyHost:Handover", path), ("TinyHost:Prefixes", prefixes), .. settings]);
        builder.Services.AddSingleton<ILoggerFactory>(log);
        builder.Services.AddTinyHost(pipeline => pipeline.Run(context => context.Response.WriteTextAsync(name)));
        configure?.Invoke(builder.Services);
        var host = new HandoverHost(builder.Build()) { Log = log };
        await Task.WhenAny(Task.Delay(Timeout.Infinite, host._lifetime.ApplicationStarted), host.Running).WaitAsync(TestTimeout.Long);
        if (host.Running.IsFaulted)
        {
            await host.Running;
        }

        return host;
    }

    /// <summary>What a new connection gets.</summary>
    internal static async Task<string> AskAsync(IPEndPoint endPoint)
    {
        using var client = await RawClient.ConnectAsync(endPoint);
        return (await client.GetAsync("/", "Connection: close\r\n")).Content;
    }

    internal async Task StopAsync()
    {
        _lifetime.StopApplication();
        await Running.WaitAsync(TestTimeout.Long);
    }

    public async ValueTask DisposeAsync()
    {
        if (!Running.IsCompleted)
        {
            await StopAsync();
        }

        _host.Dispose();
    }
}
