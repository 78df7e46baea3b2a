
#include <cinttypes>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

namespace boxscore {
static std::string seen;

inline void plain(const char* kind, const std::string& value) {
    seen += std::string("[\"") + kind + "\"," + value + "]";
}

inline void show(const std::string& value) {
    static const char digits[] = "0123456789abcdef";
    std::string hex = "\"";
    for (unsigned char one : value) {
        hex += digits[one >> 4];
        hex += digits[one & 15];
    }
    plain("str", hex + "\"");
}

template <typename T, typename std::enable_if<std::is_arithmetic<T>::value, int>::type = 0>
void show(const T& value) {
    if constexpr (std::is_same<T, bool>::value) {
        plain("bool", value ? "true" : "false");
    } else if constexpr (std::is_integral<T>::value) {
        plain("int", std::to_string(value));
    } else {
        char text[64];
        std::snprintf(text, sizeof text, "\"%.17g\"", static_cast<double>(value));
        plain("double", text);
    }
}

template <typename T> void show(const std::vector<T>& value);
template <typename K, typename V> void show(const std::map<K, V>& value);
template <typename... T> void show(const std::tuple<T...>& value);

template <typename T> void show(const std::optional<T>& value) {
    if (value) show(*value);
    else plain("none", "0");
}

template <typename T> void show(const std::vector<T>& value) {
    seen += "[\"list\",[";
    bool first = true;
    for (const auto& item : value) {
        if (!first) seen += ",";
        first = false;
        if constexpr (std::is_same<T, bool>::value) show(static_cast<bool>(item));
        else show(item);
    }
    seen += "]]";
}

template <typename K, typename V> void show(const std::map<K, V>& value) {
    seen += "[\"map\",[";
    bool first = true;
    for (const auto& item : value) {
        seen += first ? "[" : ",[";
        first = false;
        show(item.first);
        seen += ",";
        show(item.second);
        seen += "]";
    }
    seen += "]]";
}

template <typename... T> void show(const std::tuple<T...>& value) {
    seen += "[\"list\",[";
    bool first = true;
    std::apply([&first](const auto&... item) {
        ((seen += first ? "" : ",", first = false, show(item)), ...);
    }, value);
    seen += "]]";
}

template <typename T> void see(const T& value) {
    if (!seen.empty()) seen += ",";
    show(value);
}

inline void show_all() {
    std::fflush(stdout);
    std::fprintf(stdout, "\nboxscore: values\n[%s]\n", seen.c_str());
    std::fflush(stdout);
}
}  // namespace boxscore
