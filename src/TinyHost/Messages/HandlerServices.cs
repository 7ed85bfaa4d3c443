// Owns: what a server gives the handlers of all its requests.

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>What a server gives every handler.</summary>
/// <param name="Services">The application's services.</param>
/// <param name="Stages">The stages of the server's run.</param>
/// <param name="Strings">The shared strings.</param>
/// <param name="Logger">For failures that no caller sees.</param>
/// <param name="Stopping">Cancelled when the server begins to stop.</param>
internal record HandlerServices(
    IServiceProvider Services, StageRun Stages, StringCache Strings, ILogger Logger, CancellationToken Stopping);
