// Owns: the handover of a host: taking over before its servers start, and ending the host when another process has taken over.

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// Does nothing without <c>TinyHost:Handover</c>. The host has one, and each of its servers calls each step; the first call counts.
/// </summary>
internal sealed class HostHandover(IServiceProvider services) : IDisposable
{
    private Task? _takingOver;
    private Task? _ending;
    private InheritedSockets? _sockets;
    private Predecessor? _predecessor;
    private HandoverEndpoint? _endpoint;

    /// <summary>Where the host's servers get sockets from that they do not bind.</summary>
    internal InheritedSockets Sockets => _sockets ?? SystemdSockets.OfProcess;

    /// <summary>Whether the program reads the settings for workers.</summary>
    internal bool HasWorkerSettings { get; set; }

    /// <summary>The servers get these sockets, and no other process takes part. Call it before the host starts.</summary>
    internal void Use(InheritedSockets sockets) => (_sockets, _takingOver) = (sockets, Task.CompletedTask);

    /// <summary>The first step, before any service of the host starts.</summary>
    internal Task TakeOverAsync(CancellationToken cancellationToken) => _takingOver ??= TakeOverOnceAsync(cancellationToken);

    /// <summary>The second step: every service of the host has started, so the servers can accept connections.</summary>
    internal Task EndPredecessorAsync() => _ending ??= EndPredecessorOnceAsync();

    /// <summary>The host stops.</summary>
    internal void Close() => _endpoint?.Close();

    public void Dispose()
    {
        _endpoint?.Dispose();
        _predecessor?.Dispose();
    }

    private async Task TakeOverOnceAsync(CancellationToken cancellationToken)
    {
        var configuration = services.GetService<IConfiguration>();
        ThrowIfWorkersAreSet(configuration);
        var settings = HandoverSettings.Read(configuration);
        if (settings.Path.Length == 0)
        {
            return;
        }

        if (!OperatingSystem.IsLinux())
        {
            throw new ServerStartException(
                "Cannot start: TinyHost:Handover is set, and only Linux passes sockets from process to process.");
        }

        var logger = ObserverGuard.Create(services.GetService<ILoggerFactory>, "TinyHost.Handover").Logger;
        var own = SystemdSockets.OfProcess;
        var time = TimeProvider.System;
        _predecessor = await Predecessor.FindAsync(settings.Path, own, time, logger, cancellationToken).ConfigureAwait(false);
        _sockets = _predecessor?.Sockets ?? own.ForHost([]);
        _endpoint = new HandoverEndpoint(
            _predecessor?.Endpoint ?? HandoverEndpoint.Bind(settings.Path),
            new HandoverTerms(_sockets, settings.Timeout, time, logger, Stop));
    }

    private async Task EndPredecessorOnceAsync()
    {
        if (_predecessor is { } predecessor)
        {
            await predecessor.EndAsync().ConfigureAwait(false);
            predecessor.Dispose();
        }

        _endpoint?.Start();
    }

    private void ThrowIfWorkersAreSet(IConfiguration? configuration)
    {
        if (!HasWorkerSettings
            && configuration?.GetSection($"{Pipeline.SettingsSection}:{ServerConfiguration.WorkersName}") is { } section
            && new Setting(section) is { IsEmpty: false })
        {
            throw new ServerStartException(
                $"Cannot start: {section.Path} is set, but this program serves with one process; it would have to end in "
                + "RunTinyHostWorkersAsync (the package TinyHost.Workers).");
        }
    }

    private void Stop() => services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
}
