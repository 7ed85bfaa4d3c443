// Owns: tying a server's life to its host's.
// Does not own: the server.

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace TinyHost;

/// <summary>
/// Starts with the host and stops with it: a host that does not start binds nothing, one that stops drains within its shutdown timeout.
/// </summary>
internal sealed class HostedServer(
    IServiceProvider services,
    IConfiguration? configuration,
    string? name,
    ServerNames servers,
    Action<ServerOptions>? configure,
    Func<Pipeline, Func<RequestContext, Task>> build) : IHostedService, IAsyncDisposable, IDisposable
{
    private HttpServer? _server;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_server is null)
        {
            var options = new ServerOptions { Services = services };
            configure?.Invoke(options);
            var settings = configuration is null ? null : ServerConfiguration.SectionOf(configuration, name);
            // The operator's settings override the program's.
            if (configuration is not null)
            {
                ServerConfiguration.Apply(configuration, name, servers, options);
            }

            _server = new HttpServer(options, build(new Pipeline(services, settings)));
        }

        return _server.StartAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => _server?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? default;

    // A container that is disposed of synchronously refuses what can only be disposed of otherwise. This blocks, but for no peer's sake:
    // requests under way are aborted, and nothing of it needs the thread that waits.
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();
}
