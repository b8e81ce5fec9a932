# Included by the tsan preset right after project(): every executable gets pthread versions of C11's threads.
add_library(weir_tsan_shim OBJECT ${CMAKE_CURRENT_LIST_DIR}/c11_threads.c)
link_libraries("$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:$<TARGET_OBJECTS:weir_tsan_shim>>")
# Boost.Asio has fences, which g++ warns that it does not model; what they order is ordered by locks too.
add_compile_options(-Wno-tsan)
