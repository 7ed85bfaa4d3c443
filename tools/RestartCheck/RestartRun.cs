// Owns: one run: the load, and the restarts one after the other.

using System.Diagnostics;

namespace TinyHost.RestartCheck;

internal sealed class RestartRun(Arguments arguments, TextWriter output)
{
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(20);
    private static readonly string[] s_answered = ["queued", "busy"];

    internal Tally Tally { get; } = new();

    /// <summary>
    /// A restart is over when every connection from before has ended, and connections of every kind have been answered since. Returns a
    /// sentence if something was lost or went wrong, or null.
    /// </summary>
    internal async Task<string?> RunAsync()
    {
        using var over = new CancellationTokenSource();
        var peers = new List<Task>();
        foreach (var (kind, connect) in new Peers(arguments, Tally, over.Token).Kinds())
        {
            Tally.AddKind(kind);
            peers.AddRange(Enumerable.Range(0, arguments.Connections).Select(_ => Task.Run(() => RepeatAsync(connect, over.Token))));
        }

        var failure = await RestartAllAsync();
        await over.CancelAsync();
        await Task.WhenAll(peers);
        return failure ?? (Tally.Lost > 0 ? $"{Tally.Lost:N0} were lost." : null);
    }

    private static async Task RepeatAsync(Func<Task> connect, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                await connect();
            }
            catch (OperationCanceledException) when (over.IsCancellationRequested)
            {
                return;
            }

            // A server that refuses connections must not be asked in a circle.
            await Task.Delay(s_step, CancellationToken.None);
        }
    }

    private async Task<string?> RestartAllAsync()
    {
        if (!await HappensAsync(() => s_answered.All(kind => Tally.AnsweredOf(kind) > 0)))
        {
            return $"the server at {arguments.Url} does not answer.";
        }

        for (var i = 1; i <= arguments.Times; i++)
        {
            Tally.BeginRestart();
            if (await RunCommandAsync() is not 0 and var code)
            {
                return $"the restart command exited with {code}.";
            }

            if (!await HappensAsync(() => Tally.OpenFromBefore() == 0))
            {
                return $"{Tally.OpenFromBefore():N0} connections from before restart {i} are still open after "
                    + $"{arguments.Timeout.TotalSeconds} s; either the old process still runs, or it has not answered.";
            }

            var before = s_answered.Sum(Tally.AnsweredOf);
            if (!await HappensAsync(() => s_answered.Sum(Tally.AnsweredOf) >= before + arguments.Connections))
            {
                return $"the server does not answer after restart {i}.";
            }

            await output.WriteLineAsync($"restart {i}: {Tally.Kinds.Sum(Tally.AnsweredOf):N0} answered, {Tally.Lost:N0} lost so far");
        }

        return null;
    }

    private async Task<bool> HappensAsync(Func<bool> condition)
    {
        for (var watch = Stopwatch.StartNew(); !condition(); await Task.Delay(s_step))
        {
            if (watch.Elapsed > arguments.Timeout)
            {
                return false;
            }
        }

        return true;
    }

    private async Task<int> RunCommandAsync()
    {
        var (shell, option) = OperatingSystem.IsWindows() ? ("cmd.exe", "/c") : ("/bin/sh", "-c");
        using var process = Process.Start(new ProcessStartInfo(shell, [option, arguments.Restart]))!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
