# Read by weir-sdk-config.cmake: weir::sdk-odbc where unixODBC can be found.
find_package(ODBC QUIET)
if(ODBC_FOUND)
  include(${CMAKE_CURRENT_LIST_DIR}/weir-sdk-odbc-targets.cmake)
endif()
