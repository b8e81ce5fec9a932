# weir_add_plugin(onepass SOURCES plugin.cpp onepass_sink.cpp LIBS CURL::libcurl)
#
# Builds onepass.so, exporting nothing but the plugin entry, into WEIR_PLUGIN_OUTPUT_DIRECTORY (default: <build>/plugins),
# and adds the tests onepass.exports and, where the program weir-conformance is known, onepass.conformance.

function(weir_add_plugin target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBS")
  add_library(${target} MODULE ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE weir::sdk ${arg_LIBS})
  if(TARGET weir_options)
    target_link_libraries(${target} PRIVATE weir_options)
  endif()
  # gnu-unique symbols would be shared between plugins although each is loaded locally.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  target_link_options(${target} PRIVATE
    "LINKER:--version-script=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map" "LINKER:-z,nodelete")
  if(NOT WEIR_SANITIZE)  # a sanitizer's runtime comes with the executable
    target_link_options(${target} PRIVATE "LINKER:-z,defs")
  endif()
  if(NOT DEFINED WEIR_PLUGIN_OUTPUT_DIRECTORY)
    set(WEIR_PLUGIN_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
  endif()
  set_target_properties(${target} PROPERTIES
    PREFIX "" SUFFIX ".so" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LIBRARY_OUTPUT_DIRECTORY ${WEIR_PLUGIN_OUTPUT_DIRECTORY})
  add_test(NAME ${target}.exports
    COMMAND ${CMAKE_COMMAND} -DNM=${CMAKE_NM} -DLIB=$<TARGET_FILE:${target}>
            -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/check_exports.cmake)
  set_tests_properties(${target}.exports PROPERTIES LABELS abi)
  if(TARGET weir_conformance)
    add_test(NAME ${target}.conformance COMMAND weir_conformance $<TARGET_FILE:${target}>)
    set_tests_properties(${target}.conformance PROPERTIES LABELS abi TIMEOUT 60)
  elseif(TARGET weir::conformance)
    add_test(NAME ${target}.conformance COMMAND weir::conformance $<TARGET_FILE:${target}>)
    set_tests_properties(${target}.conformance PROPERTIES LABELS abi TIMEOUT 60)
  endif()
endfunction()
