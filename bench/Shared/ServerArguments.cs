// Owns: the command line shared by all .NET servers of the benchmarks.

using System.Globalization;

namespace TinyHost.Bench.Shared;

/// <summary>
/// <c>--port N --metrics-port N [--series N] [--tls DIRECTORY] [--files DIRECTORY] [--routes N] [--workers N] [--FLAG …]</c>. Only the
/// driver starts the servers, so invalid arguments throw.
/// </summary>
internal sealed class ServerArguments
{
    private readonly HashSet<string> _flags = new(StringComparer.Ordinal);

    public ServerArguments(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--port":
                    Port = Number(args[++i]);
                    break;
                case "--metrics-port":
                    MetricsPort = Number(args[++i]);
                    break;
                case "--series":
                    Series = Number(args[++i]);
                    break;
                case "--tls":
                    TlsDirectory = args[++i];
                    break;
                case "--files":
                    FilesDirectory = args[++i];
                    break;
                case "--routes":
                    Routes = Number(args[++i]);
                    break;
                case "--workers":
                    Workers = Number(args[++i]);
                    break;
                default:
                    _flags.Add(args[i]);
                    break;
            }
        }
    }

    /// <summary>The app's port.</summary>
    public int Port { get; }

    /// <summary>The metrics port, for servers with metrics.</summary>
    public int MetricsPort { get; }

    /// <summary>The number of series to expose besides the server's own.</summary>
    public int Series { get; }

    /// <summary>The directory of <c>bench.pem</c> and <c>bench.key</c>; null without TLS.</summary>
    public string? TlsDirectory { get; }

    /// <summary>The directory of the files below <c>/files/</c>; null without files.</summary>
    public string? FilesDirectory { get; }

    /// <summary>The number of routes <c>/api/resourceN/{id}</c>, which respond with the value of <c>id</c>.</summary>
    public int Routes { get; }

    /// <summary>The number of worker processes; null for a server that knows no workers.</summary>
    public int? Workers { get; }

    public bool Has(string flag) => _flags.Contains(flag);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
