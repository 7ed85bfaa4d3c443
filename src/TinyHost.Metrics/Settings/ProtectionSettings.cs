// Owns: the settings under Metrics:Protect.

namespace TinyHost.Metrics;

/// <summary>They add to what the code says (<see cref="MetricsOptions.Protect"/>), whose formats of password hashes they can use.</summary>
internal static class ProtectionSettings
{
    private static readonly Dictionary<string, Action<Setting, List<Action<AuthenticationOptions>>>> s_settings = new(
        StringComparer.OrdinalIgnoreCase)
    {
        ["Users"] = ReadUsers,
        ["Tokens"] = (setting, changes) => Add(changes, setting.Text("the path of a file"), static (auth, file) => auth.Tokens(file)),
        ["Cookie"] = (setting, changes) => Add(changes, setting.Text("the path of a file"), static (auth, file) => auth.Cookie(file)),
        ["Realm"] = (setting, changes) => Add(changes, setting.Text("a text"), static (auth, realm) => auth.Realm = realm),
        ["CoversHealth"] = (setting, changes) => Add(changes, setting.Flag(), static (auth, flag) => auth.CoversHealth = flag),
        ["MaxFailuresPerClient"] = (setting, changes) =>
            Add(changes, Count(setting, 1), static (auth, count) => auth.MaxFailuresPerClient = count),
        ["MaxFailures"] = (setting, changes) => Add(changes, Count(setting, 1), static (auth, count) => auth.MaxFailures = count),
        ["MaxHashing"] = (setting, changes) => Add(changes, Count(setting, 1), static (auth, count) => auth.MaxHashing = count),
        ["MaxWaiting"] = (setting, changes) => Add(changes, Count(setting, 0), static (auth, count) => auth.MaxWaiting = count),
    };

    internal static void Read(Setting setting, MetricsOptions options)
    {
        List<Action<AuthenticationOptions>> changes = [];
        setting.Read(changes, s_settings, skipEmpty: true);
        changes.ForEach(change => options.Protect += change);
    }

    // A file, or hashes by name.
    private static void ReadUsers(Setting setting, List<Action<AuthenticationOptions>> changes)
    {
        if (setting.HasValue)
        {
            const string expected = "the path of a file, or a section with password hashes by name";
            Add(changes, setting.Text(expected), static (auth, file) => auth.Users(file));
            return;
        }

        setting.ReadEach("prometheus", user =>
            Add(changes, (user.Name, Hash: user.Text("a password hash")), static (auth, user) => auth.User(user.Name, user.Hash)));
    }

    private static void Add<T>(List<Action<AuthenticationOptions>> changes, T value, Action<AuthenticationOptions, T> change) =>
        changes.Add(auth => change(auth, value));

    private static int Count(Setting setting, int least) => setting.Number(least, what: "a whole number");
}
