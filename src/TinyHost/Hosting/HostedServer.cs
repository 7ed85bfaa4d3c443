// Owns: a server's life within its host.

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace TinyHost;

/// <summary>
/// Starts and stops with the host. A host that does not start binds nothing; one that stops drains within its shutdown timeout.
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

    // A container that is disposed synchronously rejects services that are only IAsyncDisposable. The wait is short: requests in progress
    // are aborted.
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();
}
