// Owns: what a worker process has got from its parent.

using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace TinyHost.Workers;

internal sealed class WorkerSeat
{
    private const string Source = "the parent process";

    private readonly List<(int Descriptor, string Description)> _sockets;

    private WorkerSeat(int channel, List<(int Descriptor, string Description)> sockets) =>
        (Channel, _sockets) = (new Socket(new SafeSocketHandle(channel, ownsHandle: true)), sockets);

    /// <summary>The connection to the parent.</summary>
    internal Socket Channel { get; }

    /// <summary>
    /// Null if this process is no worker. Otherwise takes what the environment tells, and removes it there: child processes get neither the
    /// variables nor the descriptors. Throws <see cref="ServerStartException"/> if they are not those of a parent.
    /// </summary>
    internal static WorkerSeat? Take()
    {
        var (channel, sockets) = Read(Environment.GetEnvironmentVariable);
        if (channel < 0)
        {
            return null;
        }

        Environment.SetEnvironmentVariable(WorkerVariables.Channel, null);
        Environment.SetEnvironmentVariable(WorkerVariables.Sockets, null);
        try
        {
            Inheritance.Set(channel, isInherited: false);
            sockets.ForEach(static socket => Inheritance.Set(socket.Descriptor, isInherited: false));
            return new WorkerSeat(channel, sockets);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new ServerStartException(
                $"Cannot start: {WorkerVariables.Channel} and {WorkerVariables.Sockets} are set, as for a worker, but their descriptors "
                + $"are not those of a parent: {e.Message.TrimEnd('.')}. Remove the variables.",
                e);
        }
    }

    /// <summary>The descriptor of the channel, -1 if this process is no worker, and those of the sockets.</summary>
    internal static (int Channel, List<(int Descriptor, string Description)> Sockets) Read(Func<string, string?> variable)
    {
        List<(int Descriptor, string Description)> sockets = [];
        if (!TryRead(variable(WorkerVariables.Channel), out var channel))
        {
            return (-1, sockets);
        }

        foreach (var line in variable(WorkerVariables.Sockets)?.Split('\n') ?? [])
        {
            if (line.Split('\t', 2) is [var descriptor, var description] && TryRead(descriptor, out var number))
            {
                sockets.Add((number, description));
            }
        }

        return (channel, sockets);
    }

    /// <summary>The sockets. Call it once. Throws <see cref="ServerStartException"/> if they cannot be used.</summary>
    /// <param name="monitoringAt">The address of the worker's own monitoring ports.</param>
    internal InheritedSockets OpenSockets(IPAddress monitoringAt)
    {
        var kept = new KeptSockets();
        List<InheritedSocket> activated = [];
        foreach (var (descriptor, description) in _sockets)
        {
            try
            {
                var passed = PassedSocket.Read(description, new SafeSocketHandle(descriptor, ownsHandle: true), Source);
                if (passed.Kept is { } bound)
                {
                    kept.Add(bound);
                }
                else
                {
                    activated.Add(passed.Inherited!);
                }
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                throw new ServerStartException($"Cannot start: a socket of the parent process cannot be used: {e.Message}.", e);
            }
        }

        return new InheritedSockets(activated) { Kept = kept, MonitoringAt = monitoringAt };
    }

    private static bool TryRead(string? text, out int descriptor) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out descriptor);
}
