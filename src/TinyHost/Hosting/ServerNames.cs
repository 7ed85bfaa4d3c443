// Owns: the names of a host's servers, so that each reads its own settings.

using Microsoft.Extensions.DependencyInjection;

namespace TinyHost;

/// <summary>The servers that were added to one collection of services.</summary>
internal sealed class ServerNames
{
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private int _unnamed;
    private int _started;

    /// <summary>The names given. They compare without regard to case, like configuration keys.</summary>
    internal IReadOnlySet<string> Names => _names;

    /// <summary>The key of each server among the services.</summary>
    internal List<object> Keys { get; } = [];

    /// <summary>The servers of these services.</summary>
    internal static ServerNames Of(IServiceCollection services)
    {
        foreach (var service in services)
        {
            if (service.ServiceType == typeof(ServerNames))
            {
                return (ServerNames)service.ImplementationInstance!;
            }
        }

        var names = new ServerNames();
        services.AddSingleton(names);
        services.AddSingleton(static provider => new HostHandover(provider));
        return names;
    }

    internal void AddUnnamed() => _unnamed++;

    /// <summary>Counts the start of a server. True for the last server of the host.</summary>
    internal bool StartsLast() => Interlocked.Increment(ref _started) >= _unnamed + _names.Count;

    /// <summary>Adds a name. Throws <see cref="ArgumentException"/> when a section cannot have it, or another server has it.</summary>
    internal void Add(string name)
    {
        // In the name of an environment variable "__" stands for ":".
        if (name.Length == 0
            || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            || name.Contains("__", StringComparison.Ordinal))
        {
            throw new ArgumentException(
                $"A server cannot be named '{name}': a name consists of ASCII letters, digits, '-', '.' and single '_'.", nameof(name));
        }

        if (ServerConfiguration.Settings.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            throw new ArgumentException(
                $"A server cannot be named '{name}': {Pipeline.SettingsSection}:{name} is a setting of the server without a name.",
                nameof(name));
        }

        if (!_names.Add(name))
        {
            throw new ArgumentException(
                $"A server named '{name}' has been added already; each server of a host needs a name of its own.", nameof(name));
        }
    }

    /// <summary>
    /// Throws <see cref="ServerStartException"/> for a setting outside the named servers' sections that no server would read, or that
    /// would have several servers listen on the same port.
    /// </summary>
    internal void CheckRead(Setting setting)
    {
        if (setting.IsEmpty)
        {
            return;
        }

        // BatchMetrics reads its settings there, without a server, and the console, the handover and the workers are the host's.
        var isForAll = setting.Name.Equals("Metrics", StringComparison.OrdinalIgnoreCase)
            || setting.Name.Equals(ConsoleSettings.Name, StringComparison.OrdinalIgnoreCase)
            || setting.Name.Equals(HandoverSettings.Name, StringComparison.OrdinalIgnoreCase)
            || setting.Name.Equals(ServerConfiguration.WorkersName, StringComparison.OrdinalIgnoreCase);
        if (_unnamed == 0 && !isForAll)
        {
            var name = _names.Order(StringComparer.Ordinal).First();
            throw new ServerStartException(
                $"Cannot start: no server reads {setting.Path}, since every server of this host has a name; set " +
                $"{Pipeline.SettingsSection}:{name}:{setting.Name} instead.");
        }

        if (_unnamed > 1 && setting.Name.Equals("Prefixes", StringComparison.OrdinalIgnoreCase))
        {
            throw new ServerStartException(
                $"Cannot start: {_unnamed} servers would listen on the same {setting.Path}; name all but one of them, as in " +
                $"AddTinyHost(\"name\", …), and set {Pipeline.SettingsSection}:name:Prefixes.");
        }
    }
}
