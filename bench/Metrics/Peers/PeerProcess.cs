// Owns: the process of a peer, and the driver's side of the protocol.

using System.Diagnostics;
using System.Globalization;

namespace TinyHost.Metrics.Benchmarks;

/// <summary>A running peer. It exits when its input ends: when this is disposed or this process exits.</summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly Process _process;

    private PeerProcess(string name, Process process) => (Name, _process) = (name, process);

    internal string Name { get; }

    /// <summary>The port it serves; 0 if it serves none.</summary>
    internal int Port { get; private set; }

    /// <summary>The metrics port of an app; 0 for others.</summary>
    internal int SecondPort { get; private set; }

    internal static PeerProcess Start(string name, string role, string[] command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(command[0], [.. command[1..], role])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (variable, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[variable] = value;
        }

        var peer = new PeerProcess(name, Process.Start(start)!);
        var ports = peer.ReadReply("start");
        (peer.Port, peer.SecondPort) = ((int)ports[1], ports.Length > 2 ? (int)ports[2] : 0);
        return peer;
    }

    /// <summary>Sends a command and returns the figures of the reply.</summary>
    internal double[] Ask(string command)
    {
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
        return ReadReply(command);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(2)))
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private double[] ReadReply(string command)
    {
        var line = _process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException($"{Name} exited without replying to '{command}'.");
        return [.. line.Split(' ').Select(word => double.TryParse(word, CultureInfo.InvariantCulture, out var number) ? number : 0)];
    }
}
