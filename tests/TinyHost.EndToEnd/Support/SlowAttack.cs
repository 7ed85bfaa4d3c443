// Owns: slowhttptest, run against a daemon.
// Does not own: what becomes of its connections.

namespace TinyHost.EndToEnd.Support;

/// <summary>A number of connections that are slow in one way. Disposing it ends them.</summary>
internal sealed class SlowAttack : IAsyncDisposable
{
    public const int Connections = 200;
    public const string Headers = "-H";
    public const string Content = "-B";
    public const string Reading = "-X";

    // Far longer than the daemon needs to shed them: whoever gives up first must not be the attacker.
    private const int Seconds = 100;

    private readonly ChildProcess _process;

    private SlowAttack(ChildProcess process) => _process = process;

    /// <summary>Starts to send, or to read, a few octets each second on every connection. A slow reader asks ten times at once.</summary>
    public static SlowAttack Start(string way, Daemon daemon, string path)
    {
        var program = OutsideProgram.Require("slowhttptest", package: "slowhttptest");
        return new(ChildProcess.Start(program,
        [
            way, "-u", $"http://127.0.0.1:{daemon.AppPort}{path}", "-c", $"{Connections}", "-r", $"{Connections}", "-l", $"{Seconds}",
            // Each sends this many octets a second …
            "-i", "1", "-x", "8", "-s", "8192",
            // … or reads this many, with a small window.
            "-k", "10", "-n", "1", "-z", "32", "-w", "512", "-y", "1024",
        ]));
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
