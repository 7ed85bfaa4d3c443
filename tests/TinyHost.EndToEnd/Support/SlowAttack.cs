// Owns: slowhttptest, run against a daemon.

namespace TinyHost.EndToEnd.Support;

/// <summary>Many connections that send or read slowly. Disposing it ends them.</summary>
internal sealed class SlowAttack : IAsyncDisposable
{
    public const int Connections = 200;
    public const string Headers = "-H";
    public const string Content = "-B";
    public const string Reading = "-X";

    // Far longer than the daemon takes to disconnect them, so that the attacker does not give up first.
    private const int Seconds = 100;

    private readonly ChildProcess _process;

    private SlowAttack(ChildProcess process) => _process = process;

    /// <summary>
    /// Starts to send, or to read, a few bytes per second on every connection. A slow reader pipelines ten requests.
    /// <paramref name="kind"/> is <see cref="Headers"/>, <see cref="Content"/> or <see cref="Reading"/>.
    /// </summary>
    public static SlowAttack Start(string kind, Daemon daemon, string path)
    {
        var program = OutsideProgram.Require("slowhttptest", package: "slowhttptest");
        return new(ChildProcess.Start(program,
        [
            kind, "-u", $"http://127.0.0.1:{daemon.AppPort}{path}", "-c", $"{Connections}", "-r", $"{Connections}", "-l", $"{Seconds}",
            // Slow sending: up to 8 bytes per second.
            "-i", "1", "-x", "8", "-s", "8192",
            // Slow reading: 32 bytes per second, with a small receive window.
            "-k", "10", "-n", "1", "-z", "32", "-w", "512", "-y", "1024",
        ]));
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
