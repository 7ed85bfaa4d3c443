// Owns: starting a worker, as its supervisor sees it.

namespace TinyHost.Workers;

internal interface IWorkerLauncher
{
    /// <summary>Starts a process. Throws <see cref="ServerStartException"/> if there is none afterwards.</summary>
    ILaunchedWorker Launch(int number);
}
