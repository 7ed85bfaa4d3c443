// Owns: the settings that override the options, section JsonRpc of the configuration, and their check against the methods.

using Microsoft.Extensions.Configuration;

namespace TinyHost.JsonRpc;

internal static class RpcSettings
{
    internal const string SectionName = "JsonRpc";

    private static readonly Dictionary<string, Action<Setting, JsonRpcOptions>> s_settings = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(JsonRpcOptions.NoContentStatus)] = (setting, options) => options.NoContentStatus = Status(setting),
        [nameof(JsonRpcOptions.MaxMessageSize)] = (setting, options) =>
            options.MaxMessageSize = setting.Number(1, what: "a number of bytes"),
        [nameof(JsonRpcOptions.MaxBatchSize)] = (setting, options) => options.MaxBatchSize = setting.Number(1, what: "a number of calls"),
        [nameof(JsonRpcOptions.BatchConcurrency)] = (setting, options) =>
            options.BatchConcurrency = setting.Number(1, what: "a number of calls"),
        [nameof(JsonRpcOptions.MaxReplySize)] = (setting, options) => options.MaxReplySize = setting.Number(1, what: "a number of bytes"),
        [nameof(JsonRpcOptions.CallTimeout)] = (setting, options) => options.CallTimeout = setting.Time(orZero: true),
        [nameof(JsonRpcOptions.Methods)] = (setting, options) => setting.ReadEach("add", method => ReadLimits(method, options)),
        [nameof(JsonRpcOptions.Users)] = (setting, options) => setting.ReadEach("ann", user => options.Users[user.Name] = Texts(user)),
        [nameof(JsonRpcOptions.AllowedHosts)] = (setting, options) => Replace(options.AllowedHosts, Texts(setting)),
        [nameof(JsonRpcOptions.Discover)] = (setting, options) => options.Discover = setting.Flag(),
        [nameof(JsonRpcOptions.TryItPage)] = (setting, options) => options.TryItPage = setting.Flag(),
        [nameof(JsonRpcOptions.WebSockets)] = (setting, options) => ReadWebSockets(setting, options),
    };

    private static readonly Dictionary<string, Action<Setting, JsonRpcMethodLimits>> s_limits = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(JsonRpcMethodLimits.MaxConcurrent)] = (setting, limits) =>
            limits.MaxConcurrent = setting.Number(what: "a number of calls"),
        [nameof(JsonRpcMethodLimits.MaxQueued)] = (setting, limits) => limits.MaxQueued = setting.Number(what: "a number of calls"),
    };

    private static readonly Dictionary<string, Action<Setting, JsonRpcWebSocketOptions>> s_sockets = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(JsonRpcWebSocketOptions.Enabled)] = (setting, options) => options.Enabled = setting.Flag(),
        [nameof(JsonRpcWebSocketOptions.AllowedOrigins)] = (setting, options) => Replace(options.AllowedOrigins, Texts(setting)),
        [nameof(JsonRpcWebSocketOptions.MaxConnections)] = (setting, options) =>
            options.MaxConnections = setting.Number(1, what: "a number of connections"),
        [nameof(JsonRpcWebSocketOptions.MaxConcurrent)] = (setting, options) =>
            options.MaxConcurrent = setting.Number(1, what: "a number of messages"),
        [nameof(JsonRpcWebSocketOptions.MaxQueuedSize)] = (setting, options) =>
            options.MaxQueuedSize = setting.Number(1, what: "a number of bytes"),
        [nameof(JsonRpcWebSocketOptions.SendTimeout)] = (setting, options) => options.SendTimeout = setting.Time(),
        [nameof(JsonRpcWebSocketOptions.IdleTimeout)] = (setting, options) => options.IdleTimeout = setting.Time(orZero: true),
        [nameof(JsonRpcWebSocketOptions.KeepAliveInterval)] = (setting, options) => options.KeepAliveInterval = setting.Time(orZero: true),
    };

    /// <summary>The options with the settings of the configuration.</summary>
    /// <exception cref="ServerStartException">A setting is invalid, or a limit is that of no method.</exception>
    public static JsonRpcOptions Apply(JsonRpcOptions options, IConfiguration? configuration, RpcMethodTable methods)
    {
        var applied = options.Copy();
        if (configuration is not null)
        {
            new Setting(configuration.GetSection(SectionName)).Read(applied, s_settings, skipEmpty: true);
        }

        foreach (var name in applied.Methods.Keys.Where(name => methods.Find(name) is null))
        {
            throw new ServerStartException(
                $"Cannot start: {SectionName}:Methods:{name} has limits, but there is no method '{name}'. Methods: "
                + $"{string.Join(", ", methods.All.Select(method => method.Name))}.");
        }

        return applied;
    }

    private static void ReadLimits(Setting method, JsonRpcOptions options)
    {
        var limits = options.Methods.TryGetValue(method.Name, out var set)
            ? new JsonRpcMethodLimits { MaxConcurrent = set.MaxConcurrent, MaxQueued = set.MaxQueued }
            : new JsonRpcMethodLimits();
        method.Read(limits, s_limits, skipEmpty: true);
        options.Methods[method.Name] = limits;
    }

    private static void ReadWebSockets(Setting setting, JsonRpcOptions options) =>
        setting.Read(options.WebSockets, s_sockets, skipEmpty: true);

    private static void Replace(IList<string> list, string[] items)
    {
        list.Clear();
        foreach (var item in items)
        {
            list.Add(item);
        }
    }

    private static string[] Texts(Setting setting) =>
        [.. setting.Items(';').Select(item => item.Text("a name")).Where(text => text.Length > 0)];

    private static int Status(Setting setting)
    {
        const string allowed = "202 or 204";
        return setting.Text(allowed) switch
        {
            "202" => 202,
            "204" => 204,
            _ => throw setting.Refused(allowed),
        };
    }
}
