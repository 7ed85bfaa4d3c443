// Owns: the command line.

using System.Globalization;

namespace TinyHost.RestartCheck;

internal sealed record Arguments(Uri Url, string Restart)
{
    internal const string Usage = """
        Usage: tinyhost-restart-check --url http://HOST:PORT/PATH --restart COMMAND [options]
          --url URL          what to get; any response counts as an answer
          --restart COMMAND  restarts the daemon; run by the shell, must return
          --times N          restarts (default 10)
          --connections N    connections of each kind (default 8)
          --upload PATH      also send requests with 64 KiB of content there (POST; see --method)
          --method METHOD    the method of uploads (default POST)
          --stream PATH      also follow streamed responses there
          --websocket PATH   also keep WebSockets open there
          --timeout SECONDS  for a response, and for the old process to end its connections (default 60)
        Exits with 0 if nothing was lost, 1 if something was, 2 if the arguments are wrong.
        """;

    internal int Times { get; private init; } = 10;

    internal int Connections { get; private init; } = 8;

    internal string? Upload { get; private init; }

    internal string Method { get; private init; } = "POST";

    internal string? Stream { get; private init; }

    internal string? WebSocket { get; private init; }

    internal TimeSpan Timeout { get; private init; } = TimeSpan.FromSeconds(60);

    /// <summary>Null and a sentence if the arguments are wrong.</summary>
    internal static Arguments? Read(string[] args, out string fault)
    {
        var arguments = new Arguments(new Uri("http://unset/"), "");
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            if (value.Length == 0)
            {
                fault = $"{args[i]} has no value.";
                return null;
            }

            if (arguments.With(args[i], value) is not { } next)
            {
                fault = $"{args[i]} {value} is not an argument of this command.";
                return null;
            }

            arguments = next;
        }

        fault = arguments.Url.Host == "unset" ? "--url is missing."
            : arguments.Restart.Length == 0 ? "--restart is missing."
            : "";
        return fault.Length == 0 ? arguments : null;
    }

    private Arguments? With(string name, string value) => name switch
    {
        "--url" => Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Scheme == "http" ? this with { Url = url } : null,
        "--restart" => this with { Restart = value },
        "--times" => Number(value) is { } times ? this with { Times = times } : null,
        "--connections" => Number(value) is { } connections ? this with { Connections = connections } : null,
        "--timeout" => Number(value) is { } seconds ? this with { Timeout = TimeSpan.FromSeconds(seconds) } : null,
        "--upload" => value[0] == '/' ? this with { Upload = value } : null,
        "--method" => this with { Method = value },
        "--stream" => value[0] == '/' ? this with { Stream = value } : null,
        "--websocket" => value[0] == '/' ? this with { WebSocket = value } : null,
        _ => null,
    };

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 100_000 ? number : null;
}
