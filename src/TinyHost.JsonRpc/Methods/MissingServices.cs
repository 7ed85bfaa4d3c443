// Owns: reporting services that methods take and the program has not registered.

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace TinyHost.JsonRpc;

internal static partial class MissingServices
{
    /// <summary>Logs each at the start of a server, before a call fails for it. Containers that cannot tell are not asked.</summary>
    public static void Report(RpcMethodTable methods, IServiceProvider? services, ILogger logger)
    {
        if (services?.GetService(typeof(IServiceProviderIsService)) is not IServiceProviderIsService known)
        {
            return;
        }

        foreach (var method in methods.All)
        {
            foreach (var missing in method.Info.Services.Where(type => !known.IsService(type)).Distinct())
            {
                LogMissing(logger, method.Name, missing);
            }
        }
    }

    [LoggerMessage(
        EventId = 5,
        Level = LogLevel.Warning,
        Message = "The method {Method} takes {Type} from the services, which do not have it, so each call will fail. Register it, or list "
            + "it on a serializer context ([JsonSerializable]) if callers are to send it.")]
    private static partial void LogMissing(ILogger logger, string method, Type type);
}
