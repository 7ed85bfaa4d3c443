// Owns: the variables of the environment by which a parent tells a worker what it is and has.

namespace TinyHost.Workers;

internal static class WorkerVariables
{
    /// <summary>The number of the worker. It stays set, for the program to read.</summary>
    internal const string Number = "TINYHOST_WORKER";

    /// <summary>The descriptor of the connection to the parent.</summary>
    internal const string Channel = "TINYHOST_WORKER_CHANNEL";

    /// <summary>A line for each listening socket: its descriptor, a tab, and what <see cref="PassedSocket"/> says of it.</summary>
    internal const string Sockets = "TINYHOST_WORKER_SOCKETS";

    /// <summary>What stages share: <c>57=TinyHost:Metrics;58=TinyHost:admin:Metrics</c>, descriptors by keys.</summary>
    internal const string Memory = "TINYHOST_WORKER_MEMORY";

    /// <summary>Those of systemd, which are for the parent alone.</summary>
    internal static readonly string[] OfParent =
        ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "FDSTORE", "LISTEN_FDS", "LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDNAMES"];
}
