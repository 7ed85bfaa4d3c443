// Owns: the process of a peer, and asking it.
// Does not own: what it answers (PeerLoop).

using System.Diagnostics;
using System.Globalization;

namespace TinyHost.Metrics.Benchmarks;

/// <summary>A peer that runs. It ends when it is disposed, or when this process does: its input ends then.</summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly Process _process;

    private PeerProcess(string name, Process process) => (Name, _process) = (name, process);

    internal string Name { get; }

    /// <summary>Where it serves; 0 when it does not.</summary>
    internal int Port { get; private set; }

    /// <summary>Where the metrics of an app are; 0 of others.</summary>
    internal int SecondPort { get; private set; }

    internal static PeerProcess Start(string name, string role, string[] command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(command[0], [.. command[1..], role]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var (variable, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[variable] = value;
        }

        var peer = new PeerProcess(name, Process.Start(start)!);
        var ports = peer.ReadReply("its start");
        (peer.Port, peer.SecondPort) = ((int)ports[1], ports.Length > 2 ? (int)ports[2] : 0);
        return peer;
    }

    /// <summary>Asks, and returns the figures it answers.</summary>
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
        var line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{Name} ended without an answer to {command}.");
        return [.. line.Split(' ').Select(word => double.TryParse(word, CultureInfo.InvariantCulture, out var number) ? number : 0)];
    }
}
