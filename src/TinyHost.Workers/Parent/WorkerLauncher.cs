// Owns: starting a worker process with the sockets of this one.

using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace TinyHost.Workers;

/// <param name="command">Starts this program.</param>
/// <param name="listeners">Those that the workers accept from.</param>
/// <param name="group">Knows the workers.</param>
/// <param name="logger">The log.</param>
internal sealed class WorkerLauncher(WorkerCommand command, IReadOnlyList<Listener> listeners, WorkerGroup group, ILogger logger)
    : IWorkerLauncher
{
    // A descriptor is inherited by every process that starts meanwhile.
    private readonly Lock _starting = new();
    private readonly (LineOutput Output, LineOutput Error) _outputs = LineOutput.OfProcess();

    public ILaunchedWorker Launch(int number)
    {
        SharedMemory? memory = null;
        try
        {
            memory = group.Memory.Create(number);
            var (own, peer) = Inheritance.Pair();
            using (peer)
            {
                var process = Start(
                    Describe(number, peer, memory),
                    [.. listeners.Select(listener => listener.Socket.SafeHandle), peer, .. memory.Descriptors]);
                memory.Started(process.Id);
                var worker = new LaunchedWorker(number, process, own, _outputs, group.Time, logger);
                group.Add(number, worker, memory);
                return worker;
            }
        }
        catch (Exception e) when (e is Win32Exception or IOException or SocketException)
        {
            memory?.Ended();
            throw new ServerStartException($"Cannot start worker {number} ({command.Program}): {e.Message}.", e);
        }
        catch
        {
            memory?.Ended();
            throw;
        }
    }

    private ProcessStartInfo Describe(int number, SafeSocketHandle channel, SharedMemory memory)
    {
        var start = new ProcessStartInfo(command.Program, command.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in WorkerVariables.OfParent)
        {
            start.Environment.Remove(name);
        }

        start.Environment[WorkerVariables.Number] = Text(number);
        start.Environment[WorkerVariables.Channel] = Text(channel.DangerousGetHandle());
        start.Environment[WorkerVariables.Sockets] = string.Join(
            '\n', listeners.Select(listener => $"{Text(listener.Socket.Handle)}\t{PassedSocket.Describe(listener)}"));
        start.Environment[WorkerVariables.Memory] = memory.Variable;
        if (!Console.IsOutputRedirected)
        {
            // Its output is a pipe, and gets to the same terminal.
            start.Environment["DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION"] = "1";
        }

        return start;
    }

    private Process Start(ProcessStartInfo start, IReadOnlyList<SafeHandle> inherited)
    {
        lock (_starting)
        {
            try
            {
                SetInherited(inherited, true);
                return Process.Start(start)!;
            }
            finally
            {
                SetInherited(inherited, false);
            }
        }
    }

    private static void SetInherited(IReadOnlyList<SafeHandle> descriptors, bool isInherited)
    {
        foreach (var descriptor in descriptors)
        {
            Inheritance.Set((int)descriptor.DangerousGetHandle(), isInherited);
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
